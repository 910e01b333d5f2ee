import type { TunnelStream } from "@octoproxy/lib/transport/tunnel-stream";

/** One tunnel as the measurements see it, whoever carries it. */
export interface End {
  onData: (chunk: Uint8Array) => void;
  onEnd: () => void;
  onDrain: () => void;
  /** false: wait for `onDrain`. */
  write(chunk: Uint8Array): boolean;
  end(): void;
  reset(): void;
}

/** The client's side of a connection under measurement. `target` tells the other side what to do. */
export interface Carrier {
  open(target: string): Promise<End>;
  close(): void;
}

const nothing = (): void => {};

/** Our own stream as an end. */
export class OwnEnd implements End {
  onData: (chunk: Uint8Array) => void = nothing;
  onEnd: () => void = nothing;
  onDrain: () => void = nothing;
  readonly #stream: TunnelStream;

  constructor(stream: TunnelStream) {
    this.#stream = stream;
    stream.own({
      data: (chunk) => {
        this.onData(chunk);
        return true;
      },
      drain: () => this.onDrain(),
      end: () => this.onEnd(),
      reset: nothing,
    });
  }

  write(chunk: Uint8Array): boolean {
    return this.#stream.write(chunk);
  }

  end(): void {
    this.#stream.end();
  }

  reset(): void {
    this.#stream.reset();
  }
}
