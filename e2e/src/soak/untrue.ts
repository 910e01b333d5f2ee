/** What no incident excuses: other bytes than were sent, a clean end of what was cut, an answer that is not true. */
export class Untrue extends Error {}
