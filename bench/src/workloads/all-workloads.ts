import { w1 } from "./w1-requests.ts";
import { w2 } from "./w2-tunnels.ts";
import { w3 } from "./w3-bulk.ts";
import { w4 } from "./w4-ping.ts";
import { w5 } from "./w5-memory.ts";
import { w6 } from "./w6-start.ts";
import { w7 } from "./w7-failover.ts";
import type { Workload } from "./workload.ts";

/** Those that compare chains; W8, growth, compares octoproxy with itself. */
export const allWorkloads: readonly Workload[] = [w1, w2, w3, w4, w5, w6, w7];
