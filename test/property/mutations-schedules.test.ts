import { lists } from "../mutants/all.ts";
import { expectNoticed } from "../mutants/noticed.ts";

expectNoticed(lists.schedules);
