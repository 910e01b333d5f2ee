import { getAsset, getAssetKeys, isSea } from "node:sea";
import { useAddonBytes } from "@octoproxy/quic/platform";
import { main } from "./main.ts";

// The entry of the executable that `npm run binary` makes: the addon of QUIC lies inside, with its digest.
const addon = "octo-quic.node";
if (isSea() && getAssetKeys().includes(addon)) {
  useAddonBytes({
    read: () => new Uint8Array(getAsset(addon)),
    sha256: getAsset(`${addon}.sha256`, "utf8"),
  });
}
await main(process.argv.slice(2));
