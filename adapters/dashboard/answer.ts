/**
 * Answers, and what a browser is told to refuse: scripts that are not ours, frames, and whatever comes from elsewhere.
 */
import type { Html } from "./html.ts";

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const guards: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-robots-tag": "noindex",
};

const answer = (body: string, status: number, headers: Readonly<Record<string, string>>): Response =>
  new Response(body, { status, headers: { ...guards, "cache-control": "no-store", ...headers } });

/** A whole page. */
export const page = (body: Html, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  answer(`<!doctype html>\n${body.text}\n`, status, { "content-type": "text/html; charset=utf-8", ...headers });

/** Data. */
export const json = (data: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  answer(JSON.stringify(data), status, { "content-type": "application/json; charset=utf-8", ...headers });

/** What has its version in its name. Private, as `authorize` decides who may have it. */
export const asset = (text: string, type: string): Response =>
  answer(text, 200, {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "private, max-age=31536000, immutable",
  });

/** Leads elsewhere within the dashboard. */
export const redirect = (path: string): Response => answer("", 308, { location: path });

/** The same without its body, for HEAD. */
export const headOf = ({ headers, status }: Response): Response => new Response(null, { status, headers });
