import type { HeaderField } from "./header-field.ts";

/** RFC 7541 appendix A, from index 1; values follow the name after a blank. */
const rows = `:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`.split("\n");

/** The static table; index 0 is not a field, so entry `i` has index `i + 1`. */
export const staticTable: readonly HeaderField[] = rows.map((row) => {
  const blank = row.indexOf(" ");
  return blank < 0 ? [row, ""] : [row.slice(0, blank), row.slice(blank + 1)];
});

/** Entries of the static table; the dynamic one begins behind it. */
export const staticLength: number = staticTable.length;

export interface StaticName {
  /** The first index that bears the name. */
  readonly index: number;
  /** Index of each value that stands in the table under the name. */
  readonly values: ReadonlyMap<string, number>;
}

const byName = new Map<string, { index: number; values: Map<string, number> }>();
for (const [position, [name, value]] of staticTable.entries()) {
  const index = position + 1;
  const known = byName.get(name);
  if (known === undefined) byName.set(name, { index, values: new Map([[value, index]]) });
  else known.values.set(value, index);
}

/** The static table by name, for encoders. */
export const staticNames: ReadonlyMap<string, StaticName> = byName;
