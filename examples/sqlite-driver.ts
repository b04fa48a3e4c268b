/**
 * A whole driver: processes of one machine that share a file of SQLite are a fleet. Node 22.13 or newer, or Deno.
 * `docs/DRIVERS.md` says what it must do, and why it does it so.
 */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Driver, Store } from "ringcron";
import { Moment } from "ringcron/core";

const tables = `PRAGMA busy_timeout = 3000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS fleet (service TEXT PRIMARY KEY, version INT, beat INT, amnesty INT);
CREATE TABLE IF NOT EXISTS row (service TEXT, key TEXT, text TEXT, waits INT, shelf TEXT, PRIMARY KEY (service, key));
CREATE INDEX IF NOT EXISTS due ON row (service, shelf, waits, key) WHERE waits IS NOT NULL;
CREATE TABLE IF NOT EXISTS member (service TEXT, incarnation TEXT, row TEXT, digest TEXT, longestMs INT, since INT,
  endsAt INT, PRIMARY KEY (service, incarnation));
CREATE TABLE IF NOT EXISTS declared (service TEXT, digest TEXT, text TEXT, PRIMARY KEY (service, digest));
CREATE TABLE IF NOT EXISTS line (id INTEGER PRIMARY KEY, service TEXT, text TEXT)`;

/** A store in a file. It has no clock of its own: it goes by that of the machine, which all its processes share. */
export const store = (file: string): Store.Store => {
  const db = new DatabaseSync(file);
  db.exec(tables);
  type Values = ReadonlyArray<SQLInputValue>;
  const run = (sql: TemplateStringsArray, ...values: Values) => db.prepare(sql.join("?")).run(...values).changes;
  const all = <A>(sql: TemplateStringsArray, ...values: Values) => db.prepare(sql.join("?")).all(...values) as Array<A>;

  /** One operation is one transaction: others wait until it is over, and of one that fails nothing is left. */
  const atomic = <A>(operation: string, body: (now: number) => A): Effect.Effect<A, Driver.DriverError> =>
    Effect.clockWith((clock) =>
      Effect.try({
        try: () => {
          db.exec("BEGIN IMMEDIATE");
          try {
            const answer = body(Math.floor(clock.currentTimeMillisUnsafe()));
            db.exec("COMMIT");
            return answer;
          } catch (error) {
            db.exec("ROLLBACK");
            throw error;
          }
        },
        catch: (error) =>
          new Driver.DriverError({ driver: "sqlite", operation, reason: "Unavailable", detail: `${error}` }),
      })
    );

  // As JSON, because a key may hold what is no UTF-8.
  const find = (service: string, key: string): Store.Found | undefined =>
    all<Store.Found>`SELECT text, text AS version FROM row
      WHERE service = ${service} AND key = ${JSON.stringify(key)}`[0];

  const change = (service: string, item: Store.Change, now: number): Store.Exchanged => {
    const { lines, notAfter, notBefore, rows, shelf, waitsSince } = item;
    const found = rows.map(({ key }) => find(service, key));
    const members = item.members.map(([who]) =>
      all`SELECT 1 FROM member NATURAL JOIN fleet WHERE service = ${service} AND incarnation = ${who}
        AND max(endsAt, amnesty) > ${now}`.length > 0
    );
    const isExpected = rows.every(({ expect }, at) => found[at]?.version === expect);
    if (!isExpected || now < notBefore || now > notAfter || item.members.some(([, is], at) => is !== members[at])) {
      return { _tag: "Found", found, members };
    }
    rows.forEach(({ key, put }, at) => {
      const name = JSON.stringify(key);
      if (put === null) run`DELETE FROM row WHERE service = ${service} AND key = ${name}`;
      else if (put !== undefined) {
        run`INSERT INTO row VALUES (${service}, ${name}, ${Moment.resolve(put, now)}, NULL, NULL)
          ON CONFLICT DO UPDATE SET text = excluded.text`;
      }
      if (at > 0 || waitsSince === "same") return;
      run`UPDATE row SET waits = ${waitsSince ?? null}, shelf = ${shelf === undefined ? null : JSON.stringify(shelf)}
        WHERE service = ${service} AND key = ${name}`;
    });
    for (const it of lines) run`INSERT INTO line (service, text) VALUES (${service}, ${Moment.resolve(it, now)})`;
    return { _tag: "Changed", versions: rows.map(({ key }) => find(service, key)?.version) };
  };

  const due = (service: string, { after, limit, shelf, until }: Store.Due): Store.Exchanged => {
    const found = all<{ key: string; waits: number }>`SELECT key, waits FROM row WHERE service = ${service}
      AND shelf = ${JSON.stringify(shelf)} AND waits > ${after} ORDER BY waits, key LIMIT ${limit + 1}`;
    const due = found.slice(0, limit).filter(({ waits }) => waits <= until);
    return { _tag: "Due", due: due.map(({ key, waits }) => [JSON.parse(key), waits]), next: found[due.length]?.waits };
  };

  const exchange = ({ items, renew, service, touch }: Store.ExchangeRequest) =>
    atomic("exchange", (now): Store.ExchangeReply => {
      const results = items.map((item): Store.Exchanged =>
        item._tag === "Change"
          ? change(service, item, now)
          : item._tag === "Due"
          ? due(service, item)
          : { _tag: "Found", found: item.keys.map((key) => find(service, key)), members: [] }
      );
      const isChanged = items.some((item, at) =>
        item._tag === "Change" && results[at]?._tag === "Changed" && item.rows.some(({ put }) => put !== undefined)
      );
      if (touch && isChanged) run`UPDATE fleet SET version = max(version + 1, ${now}) WHERE service = ${service}`;
      if (renew !== undefined) {
        run`UPDATE member SET endsAt = max(endsAt, ${now} + min(${renew.forMs}, longestMs))
          WHERE service = ${service} AND incarnation = ${renew.incarnation} AND endsAt > ${now}`;
      }
      run`DELETE FROM line WHERE service = ${service} AND id <=
        (SELECT id FROM line WHERE service = ${service} ORDER BY id DESC LIMIT 1 OFFSET 1000)`;
      return { _tag: "Exchange", storeTime: now, results };
    });

  const membersOf = (service: string) =>
    all<Store.MemberFound>`SELECT incarnation, row, digest, longestMs, since, endsAt FROM member
      WHERE service = ${service} ORDER BY incarnation`;

  const beat = ({ incarnation, member, service, ...request }: Store.StoreBeat) =>
    atomic("beat", (raw): Store.StoreBeatReply => {
      const [fleet] = all<{ version: number; beat: number; amnesty: number }>`SELECT * FROM fleet
        WHERE service = ${service}`;
      const now = fleet !== undefined && fleet.beat > raw && fleet.beat < raw + 1_000 ? fleet.beat : raw;
      const isLook = incarnation === "";
      // What lies further ahead than anybody may promise is of a clock that was set back since.
      if (!isLook) {
        run`UPDATE member SET endsAt = ${raw} + longestMs
          WHERE service = ${service} AND endsAt > ${raw} + longestMs + 1000`;
      }
      const before = membersOf(service);
      const own = before.find((it) => it.incarnation === incarnation);
      const granted = own !== undefined && own.endsAt <= now ? now + request.amnestyMs : 0;
      const longest = Math.max(request.amnestyMs, ...before.map(({ longestMs }) => longestMs));
      const amnesty = Math.max(Math.min(fleet?.amnesty ?? 0, raw + longest + 1_000), granted);

      // A beat that is late was long on its way, or the clock has leapt: it drops nobody.
      const isLate = now > (request.notAfter ?? Infinity);
      const isHere = ({ endsAt }: Store.MemberFound) => isLate || Math.max(endsAt, amnesty) > now;
      if (!isLook) {
        for (const it of before.filter((it) => it === own || !isHere(it))) {
          run`DELETE FROM member WHERE service = ${service} AND incarnation = ${it.incarnation}`;
        }
      }
      let isFirst = false;
      if (member !== undefined) {
        const endsAt = Math.max(own?.endsAt ?? 0, now + request.renewMs);
        const since = own?.since ?? member.since ?? now;
        run`INSERT INTO member
          VALUES (${service}, ${incarnation}, ${member.row}, ${member.digest}, ${member.longestMs}, ${since}, ${endsAt})`;
        isFirst = request.declared !== undefined &&
          run`INSERT OR IGNORE INTO declared VALUES (${service}, ${member.digest}, ${request.declared})` > 0;
      }
      const members = membersOf(service).filter(isHere);
      const said = (list: typeof members) => JSON.stringify(list.map((it) => [it.incarnation, it.row, it.digest]));
      const isChanged = !isLook && (isFirst || said(members) !== said(before));
      const version = isChanged ? Math.max((fleet?.version ?? 0) + 1, now) : fleet?.version ?? 0;
      if (version > 0 && !isLook) run`INSERT OR REPLACE INTO fleet VALUES (${service}, ${version}, ${now}, ${amnesty})`;

      run`DELETE FROM declared WHERE service = ${service} AND digest NOT IN
        (SELECT digest FROM member WHERE service = ${service})`;
      const kept = all<{ digest: string; text: string }>`SELECT digest, text FROM declared WHERE service = ${service}`;
      const isNews = version !== request.knownVersion;
      const unknown = kept.filter(({ digest }) => digest !== member?.digest && !request.knownDigests.includes(digest));
      const overdue = all<{ key: string }>`SELECT key FROM row WHERE service = ${service} AND shelf IS NULL
        AND waits <= ${now - request.overdueMs} ORDER BY waits DESC, key LIMIT 200`;
      return {
        _tag: "StoreBeat",
        storeTime: now,
        rawTime: raw,
        version,
        joined: own === undefined,
        wantsDeclared: isNews && member !== undefined && !kept.some(({ digest }) => digest === member.digest),
        members: isNews ? members : undefined,
        declared: new Map(isNews ? unknown.map(({ digest, text }) => [digest, text]) : []),
        overdue: overdue.map(({ key }) => JSON.parse(key)),
      };
    });

  return {
    name: "sqlite",
    identity: ["sqlite", file],
    limits: { rows: 400, bytes: 1_000_000 },
    exchange,
    beat,
    history: (service) =>
      atomic("history", () => all<{ text: string }>`SELECT text FROM line WHERE service = ${service} ORDER BY id`)
        .pipe(Effect.map((lines) => lines.map(({ text }) => text))),
    keys: (service) =>
      atomic("keys", () =>
        all<{ key: string }>`SELECT key FROM row
          WHERE service = ${service} AND substr(key, 2, 1) <> ${Store.lasting}`)
        .pipe(Effect.map((rows) => ({ keys: rows.map(({ key }) => JSON.parse(key)), cursor: undefined }))),
    shelved: (service, { after = "", limit, prefix }) =>
      atomic("shelved", () => {
        const begins = JSON.stringify(prefix).slice(0, -1);
        const found = all<{ key: string }>`SELECT key FROM row WHERE service = ${service}
          AND substr(key, 1, ${begins.length}) = ${begins} AND key > ${JSON.stringify(after)}
          ORDER BY key LIMIT ${limit + 1}`;
        const keys = found.slice(0, limit).map(({ key }): string => JSON.parse(key));
        return { keys, after: found.length > limit ? keys.at(-1) : undefined };
      }),
    destroy: (service) =>
      atomic("destroy", () => {
        for (const table of ["fleet", "row", "member", "declared", "line"]) {
          db.prepare(`DELETE FROM ${table} WHERE service = ?`).run(service);
        }
      }),
  };
};

/** Provides the driver. */
export const layer = (file: string): Layer.Layer<Driver.Driver> =>
  Layer.sync(Driver.Driver, () => Store.carrier(store(file)));
