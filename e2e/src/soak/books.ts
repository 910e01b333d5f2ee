import { type ServerName, serverNames } from "./cast.ts";
import { readSeries, type Series, sumOf } from "./prometheus-text.ts";
import { residentHosts, residentsThroughServer } from "./residents.ts";
import type { World } from "./world.ts";

/** What both sides have counted of one client's tunnels through one server. */
export interface Page {
  readonly client: string;
  readonly server: ServerName;
  /** As the client counts. */
  readonly sent: number;
  readonly got: number;
  /** As the server counts. */
  readonly arrived: number;
  readonly answered: number;
  readonly standHere: number;
  readonly standThere: number;
}

export interface Books {
  readonly pages: readonly Page[];
  /** Tunnels of a client without a server. */
  readonly direct: Readonly<Record<string, number>>;
}

/** Reads the counters of all daemons. */
export const readBooks = async (world: World): Promise<Books> => {
  const servers = new Map<ServerName, readonly Series[]>();
  for (const name of serverNames) servers.set(name, readSeries(await world.server(name).metrics()));
  const pages: Page[] = [];
  const direct: Record<string, number> = {};
  for (const { daemon } of world.clients) {
    const here = readSeries(await daemon.metrics());
    direct[daemon.name] = sumOf(here, "octoproxy_tunnels_active", { backend: "direct" });
    for (const [server, there] of servers) {
      const client = { client: subjectOf(there, daemon.name) };
      const backend = { backend: server };
      const bytes = "octoproxy_bytes_total";
      pages.push({
        client: daemon.name,
        server,
        sent: sumOf(here, bytes, { ...backend, direction: "out" }),
        got: sumOf(here, bytes, { ...backend, direction: "in" }),
        arrived: sumOf(there, bytes, { ...client, direction: "in" }),
        answered: sumOf(there, bytes, { ...client, direction: "out" }),
        standHere: sumOf(here, "octoproxy_tunnels_active", backend),
        standThere: sumOf(there, "octoproxy_tunnels_active", client),
      });
    }
  }
  return { pages, direct };
};

/** The server's label of a client: its certificate's subject. */
const subjectOf = (series: readonly Series[], name: string): string =>
  series.find(({ labels }) => labels.client?.includes(name))?.labels.client ?? name;

/** What is wrong with the tunnels that are counted as standing. @param residents whether those stand. */
export const wrongGauges = ({ pages, direct }: Books, residents: boolean): readonly string[] => {
  const wrong: string[] = [];
  for (const { client, server, standHere, standThere } of pages) {
    const wanted = residents && server === "alpha" ? residentsThroughServer : 0;
    if (standHere === wanted && standThere === wanted) continue;
    wrong.push(
      `${client} through ${server}: ${standHere} counted by the client, ${standThere} by the server, ${wanted} stand`,
    );
  }
  const wanted = residents ? residentHosts.length - residentsThroughServer : 0;
  for (const [client, stand] of Object.entries(direct)) {
    if (stand !== wanted) wrong.push(`${client}, direct: ${stand} counted, ${wanted} stand`);
  }
  return wrong;
};

/** What is wrong with the bytes that went between two readings, where no tunnel was cut. */
export const wrongBytes = (before: Books, after: Books): readonly string[] =>
  after.pages.flatMap((page, place) => {
    const { client, server } = page;
    const earlier = before.pages[place]!;
    const up = [page.sent - earlier.sent, page.arrived - earlier.arrived] as const;
    const down = [page.answered - earlier.answered, page.got - earlier.got] as const;
    return [
      ...(up[0] === up[1] ? [] : [`${client} sent ${up[0]} bytes to ${server}, ${up[1]} arrived`]),
      ...(down[0] === down[1] ? [] : [`${server} sent ${down[0]} bytes to ${client}, ${down[1]} arrived`]),
    ];
  });

/** Asks until nothing is wrong, or the patience is over. @returns what is wrong then. */
export const settled = async (
  ask: () => Promise<readonly string[]>,
  patienceMs = 20_000,
): Promise<readonly string[]> => {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const wrong = await ask();
    if (wrong.length === 0 || performance.now() > deadline) return wrong;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};
