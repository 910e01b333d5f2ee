/**
 * One header field. A character is a byte (latin1): HPACK carries octets, and which of them a name or a value may
 * hold (RFC 9113 section 8.2.1) is judged by whoever reads the list.
 */
export type HeaderField = readonly [name: string, value: string];

/** What a field counts in a table and in a header list, in bytes (RFC 7541 section 4.1, RFC 9113 section 6.5.2). */
export const fieldSize = (name: string, value: string): number => name.length + value.length + 32;
