import type { End } from "./end.ts";

const chunk = Buffer.alloc(65_536, 0x61);

/** Writes `bytes` as fast as the end takes them, then its end. */
export const pour = (end: End, bytes: number): void => {
  let left = bytes;
  const pump = (): void => {
    while (left > 0) {
      left -= chunk.length;
      if (!end.write(chunk)) return;
    }
    end.onDrain = () => {};
    end.end();
  };
  end.onDrain = pump;
  pump();
};

/** What the serving side does with a tunnel: `source:BYTES`, `sink:1` or `echo:1`. */
export const serve = (end: End, target: string): void => {
  const [what, number] = target.split(":");
  end.onEnd = () => end.end();
  if (what === "source") {
    end.onEnd = () => {};
    pour(end, Number(number));
  } else if (what === "echo") {
    end.onData = (bytes) => {
      end.write(bytes);
    };
  }
};
