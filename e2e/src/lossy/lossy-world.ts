import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { run } from "../harness/programs.ts";
import { goodRoad, type Road } from "./lane.ts";
import { natNetwork, type Passed } from "./road-messages.ts";

/*
 * Two networks. Here: the test, the client, the applications and the targets. There: the server. Between them two
 * roads: a TUN device at either end of a middle box, which loses and delays; and a clean one for what the server
 * dials and the test looks at.
 */

/** Where the server is found over the road of the middle box. */
export const serverHost = "10.77.0.2";
/** Where targets listen: the server reaches them by the clean road. */
export const targetHost = "10.77.1.1";

/**
 * What opens the devices. Node has no ioctl, without which /dev/net/tun gives no packets; a descriptor that is opened
 * here goes through exec. The numbers are TUNSETIFF and IFF_TUN | IFF_NO_PI of <linux/if_tun.h>.
 */
const openDevices = `
import fcntl, os, struct, sys
numbers = []
for name in (b"near", b"far"):
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22x", name, 0x1001))
    os.set_inheritable(device, True)
    numbers.append(str(device))
os.execv(sys.argv[1], sys.argv[1:] + numbers)
`;

export class LossyWorld implements AsyncDisposable {
  readonly #box: ChildProcess;
  #road: Road = goodRoad;
  #address = 1;

  private constructor(box: ChildProcess) {
    this.#box = box;
  }

  /** @param seed of what is left to chance. */
  static async start(seed: number): Promise<LossyWorld> {
    const program = fileURLToPath(new URL("./middle-box.js", import.meta.url));
    const open = ["--net", "python3", "-c", openDevices, process.execPath, program, String(seed)];
    const box = spawn("unshare", open, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const world = new LossyWorld(box);
    try {
      await Promise.race([once(box, "message"), once(box, "exit").then(() => Promise.reject(gone()))]);
      await world.#build();
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What a program is started by in the server's network. */
  get there(): readonly string[] {
    return ["nsenter", `--net=/proc/${this.#box.pid}/ns/net`];
  }

  async #build(): Promise<void> {
    await shell(`${this.there.join(" ")} sh -ec '
      ip link set near netns ${process.pid}
      ip link add clean type veth peer name clean netns ${process.pid}
      ip link set lo up
      ip addr add ${serverHost}/24 dev far
      ip link set far up
      ip route add ${natNetwork}.0/24 dev far
      ip addr add 10.77.1.2/24 dev clean
      ip link set clean up'
    ip link set lo up
    ip addr add 10.77.0.${this.#address}/32 dev near
    ip link set near up
    ip route add ${serverHost}/32 dev near
    ip addr add ${targetHost}/24 dev clean
    ip link set clean up`);
  }

  /** From now on. @returns what has passed so far. */
  async change(road: Partial<Road>): Promise<Passed> {
    this.#road = { ...this.#road, ...road };
    const answer = once(this.#box, "message");
    this.#box.send(this.#road);
    const [passed] = await answer;
    return passed as Passed;
  }

  /** The NAT forgets whom it knew: the same client comes from another address and port. */
  async forget(): Promise<void> {
    await this.change({ nat: this.#road.nat + 1 });
  }

  /** The client's machine itself has another address, and the old one no more. */
  async moveClient(): Promise<void> {
    const old = this.#address;
    this.#address = old === 1 ? 11 : old + 1;
    await shell(`ip addr add 10.77.0.${this.#address}/32 dev near
      ip addr del 10.77.0.${old}/32 dev near`);
  }

  /** TCP finds out by itself what fits, at both ends (RFC 4821); systems have it off. */
  async probeTcpMtu(): Promise<void> {
    const set = "echo 1 > /proc/sys/net/ipv4/tcp_mtu_probing";
    await shell(`${set}; ${this.there.join(" ")} sh -ec '${set}'`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("ip", ["link", "del", "clean"]); // gone by itself only some time after its network
    if (this.#box.exitCode !== null || this.#box.signalCode !== null) return;
    this.#box.kill("SIGKILL");
    await once(this.#box, "exit");
  }
}

const gone = (): Error => new Error("the middle box ended");

const shell = async (script: string): Promise<void> => {
  const { status, stderr } = await run("sh", ["-ec", script]);
  if (status !== 0) throw new Error(`${script}: ${stderr}`);
};
