import type { Chain } from "../chain.ts";
import { haproxyFixed, haproxySquid } from "../peers/haproxy.ts";
import { nghttpx } from "../peers/nghttpx.ts";
import { originalHttp2, originalQuic } from "../peers/original.ts";
import { direct } from "./direct.ts";
import { nodeHttp2 } from "./node-http2.ts";
import { octoproxyHttp2, octoproxyQuic, threeServersHttp2, threeServersQuic } from "./octoproxy.ts";

/** In the order of the tables. */
export const allChains: readonly Chain[] = [
  direct,
  octoproxyHttp2,
  octoproxyQuic,
  nodeHttp2,
  originalHttp2,
  originalQuic,
  nghttpx,
  haproxySquid,
  haproxyFixed,
  threeServersHttp2,
  threeServersQuic,
];
