import type { Carrier } from "./end.ts";
import { pour } from "./serve.ts";

/** One figure or several under their names. */
export type Measured = Readonly<Record<string, number>>;

const seconds = (since: number): number => (performance.now() - since) / 1000;

export const down = async (carrier: Carrier, megabytes: number, streams: number): Promise<Measured> => {
  const start = performance.now();
  const one = async (): Promise<void> => {
    const end = await carrier.open(`source:${(megabytes / streams) * 1e6}`);
    await new Promise<void>((resolve) => {
      end.onEnd = resolve;
    });
    end.end();
  };
  await Promise.all(Array.from({ length: streams }, one));
  return { "MB/s": megabytes / seconds(start) };
};

export const up = async (carrier: Carrier, megabytes: number): Promise<Measured> => {
  const start = performance.now();
  const end = await carrier.open("sink:1");
  await new Promise<void>((resolve) => {
    end.onEnd = resolve;
    pour(end, megabytes * 1e6);
  });
  return { "MB/s": megabytes / seconds(start) };
};

export const pingPong = async (carrier: Carrier, trips: number): Promise<Measured> => {
  const end = await carrier.open("echo:1");
  const bytes = Buffer.alloc(100, 0x62);
  const times: number[] = [];
  await new Promise<void>((resolve) => {
    let sent = performance.now();
    end.onData = () => {
      times.push(performance.now() - sent);
      if (times.length === trips) {
        resolve();
        return;
      }
      sent = performance.now();
      end.write(bytes);
    };
    end.write(bytes);
  });
  end.end();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(trips * share)]! * 1000;
  return { "µs p50": at(0.5), "µs p99": at(0.99) };
};

/** The same while another tunnel downloads as fast as it can. */
export const pingBeside = async (carrier: Carrier, trips: number): Promise<Measured> => {
  const bulk = await carrier.open(`source:${1e12}`);
  let bytes = 0;
  await new Promise<void>((resolve) => {
    bulk.onData = (chunk) => {
      bytes += chunk.length;
      if (bytes > 1e8) resolve();
    };
  });
  const start = performance.now();
  bytes = 0;
  const measured = await pingPong(carrier, trips);
  const rate = bytes / 1e6 / seconds(start);
  bulk.reset();
  return { ...measured, "MB/s beside": rate };
};

/** Tunnels opened, used for one small exchange and closed, 64 at a time. */
export const tunnels = async (carrier: Carrier, count: number): Promise<Measured> => {
  const bytes = Buffer.alloc(100, 0x63);
  const start = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next++ < count) {
      const end = await carrier.open("echo:1");
      await new Promise<void>((resolve) => {
        end.onEnd = resolve;
        end.write(bytes);
        end.end();
      });
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  return { "tunnels/s": count / seconds(start) };
};
