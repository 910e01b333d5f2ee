/** What a test asks of the attacked process. `fresh`: collect garbage and forget the peak first. */
export type SubjectAsk =
  | { readonly type: "memory"; readonly fresh: boolean }
  | { readonly type: "sibling" }
  | { readonly type: "go" };

/** What the attacked process says. */
export type SubjectReport =
  | { readonly type: "listening"; readonly port: number }
  | {
      readonly type: "closed";
      readonly number: number;
      readonly code: string | undefined;
      readonly words: string | undefined;
    }
  | {
      readonly type: "memory";
      readonly rss: number;
      readonly peakRss: number;
      /** Bytes in use, of the heap and beside it. */
      readonly held: number;
    }
  | { readonly type: "sibling" }
  | { readonly type: "crashed"; readonly words: string };
