import { ProxyError } from "../../error/proxy-error.ts";
import { AbuseBudget } from "./abuse-budget.ts";
import type { CoreHost, CoreRole } from "./core-contract.ts";
import { EndingStreams } from "./ending-streams.ts";
import { FairSender } from "./fair-sender.ts";
import { FrameDispatch } from "./frame-dispatch.ts";
import { FrameReader } from "./frame-reader.ts";
import {
  writeGoaway,
  writeHeaders,
  writePing,
  writePreface,
  writeResetStream,
  writeSettings,
} from "./frame-writer.ts";
import { HpackDecoder } from "./hpack/decoder.ts";
import { HpackEncoder } from "./hpack/encoder.ts";
import type { HeaderField } from "./hpack/header-field.ts";
import { Http2Fault } from "./http2-fault.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { KeepAlive } from "./keep-alive.ts";
import { type PingListener, PingTable } from "./ping-table.ts";
import { ReceiveCredit } from "./receive-credit.ts";
import { ResetPacer } from "./reset-pacer.ts";
import { announcedSettings, initialPeerSettings, maxHeaderListSize } from "./settings-codec.ts";
import { lastChunks, SlowReader } from "./slow-reader.ts";
import { Http2Stream, type StreamHost, streamState } from "./stream.ts";
import { StreamTable } from "./stream-table.ts";
import { errorCode } from "./wire-constants.ts";

/**
 * One HTTP/2 connection without a socket: bytes in by `receive`, bytes out in `sender.output`, time as an argument.
 */
export class Http2Core implements StreamHost {
  readonly isServer: boolean;
  readonly settings: Http2Settings;
  readonly host: CoreHost;
  readonly table: StreamTable;
  readonly sender: FairSender;
  readonly peer = initialPeerSettings();
  readonly budget = new AbuseBudget();
  readonly pings = new PingTable();
  readonly credit: ReceiveCredit;
  readonly encoder = new HpackEncoder();
  readonly decoder = new HpackDecoder(4096, maxHeaderListSize);
  readonly keepAlive: KeepAlive;
  readonly pacer: ResetPacer;
  readonly ending = new EndingStreams((stream, error) => this.loseStream(stream, error, undefined));
  role!: CoreRole;
  now = 0;
  /** Highest stream that we promised to serve in our last GOAWAY. */
  lastServed = Number.POSITIVE_INFINITY;
  /** Credit is in the output: to be written before the turn ends (see the connection). */
  owesCredit = false;
  /** Nothing is parsed or sent any more. */
  over = false;
  readonly #reader: FrameReader;
  readonly #slowReader = new SlowReader();

  constructor(role: "client" | "server", settings: Http2Settings, host: CoreHost) {
    this.isServer = role === "server";
    this.settings = settings;
    this.host = host;
    this.table = new StreamTable(role);
    this.sender = new FairSender(settings.maxFrameSize, settings.maxSendBuffer, host, (stream) => {
      if ((stream.state & streamState.remoteEnded) !== 0) this.#done(stream);
    });
    this.credit = new ReceiveCredit(settings, this.sender, this.table.open, () => {
      this.owesCredit = true;
      host.wake();
    });
    this.keepAlive = new KeepAlive(settings);
    this.pacer = new ResetPacer(this.isServer);
    this.#reader = new FrameReader(new FrameDispatch(this), this.isServer);
  }

  /** Says the preface and our settings. */
  start(now: number): void {
    this.now = now;
    this.keepAlive.start(now);
    const out = this.sender.output;
    if (!this.isServer) writePreface(out);
    writeSettings(out, announcedSettings(this.isServer ? "server" : "client", this.settings));
    this.credit.open();
    this.host.wake();
  }

  /** Takes bytes from the peer, cut anywhere. Owners and listeners are called from within. */
  receive(chunk: Uint8Array, now: number): void {
    if (this.over) return;
    this.now = now;
    this.keepAlive.received(now);
    try {
      this.#reader.receive(chunk);
      this.role.received?.();
      this.#slowReader.checkOutput(this.sender.output.length);
    } catch (error) {
      this.#fault(error);
    }
  }

  /** To be called about twice a second: deadlines, keep-alive, paced resets. */
  tick(now: number): void {
    if (this.over) return;
    this.now = now;
    this.keepAlive.look(now);
    for (const id of this.pacer.due(now)) this.#writeReset(id, errorCode.cancel);
    try {
      this.role.tick?.(now);
      this.credit.relax();
      this.#slowReader.check(now, this.sender.backlog, this.sender.released);
      if (this.keepAlive.wantsPing(now, this.table.open.size)) this.ping(() => {});
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    if (!(error instanceof Http2Fault)) throw error;
    const silent = error.code === errorCode.noError || error.code === errorCode.settingsTimeout;
    this.fail(error.code, error.message, silent ? "BACKEND_LOST" : "PROTOCOL_ERROR");
  }

  write(stream: Http2Stream, chunk: Uint8Array): boolean {
    if (this.over) return false;
    const goesOn = this.sender.write(stream, chunk);
    if (this.sender.backlog > this.settings.maxKept + lastChunks(this.isServer, this.table.open.size)) {
      this.fail(errorCode.enhanceYourCalm, "too many bytes wait for the peer's windows", "PROTOCOL_ERROR");
    }
    return goesOn;
  }

  room(stream: Http2Stream): number {
    return Math.min(stream.sendWindow, this.sender.window);
  }

  endWriting(stream: Http2Stream): void {
    if (!this.over) this.sender.end(stream);
  }

  held(count: number): void {
    this.credit.held(count);
  }

  unsent(count: number): void {
    this.sender.backlog -= count;
  }

  taken(stream: Http2Stream, count: number, unread: number): void {
    if (!this.over) this.credit.taken(stream, count, unread, this.now, this.keepAlive.shortestTripMs);
  }

  abort(stream: Http2Stream, _error: ProxyError | undefined): void {
    this.resetStream(stream.id, this.role.abortCode);
  }

  /** Makes the stream of a request; the caller sends or has received its head. */
  addStream(id: number): Http2Stream {
    const stream = new Http2Stream(id, this, this.peer.initialWindowSize, this.settings.streamWindow);
    this.table.add(stream);
    return stream;
  }

  sendHead(id: number, fields: readonly HeaderField[], endStream: boolean): void {
    const block = this.encoder.encode(fields);
    writeHeaders(this.sender.output, id, block, endStream, this.sender.maxFrameSize);
    this.host.wake();
  }

  /** Sends RST_STREAM, now or as soon as the peer bears it, and forgets the stream. */
  resetStream(id: number, code: number): void {
    if (this.over) return;
    const window = this.table.open.get(id)?.receiveWindow ?? this.settings.streamWindow;
    const known = this.table.remove(id);
    this.table.rememberReset(id, window);
    if (this.pacer.mayReset(id, this.now)) this.#writeReset(id, code);
    if (known) this.host.streamDone();
  }

  /** The peer broke the rules of one stream. */
  streamFault(id: number, code: number, reason: string): void {
    this.budget.reset(this.now);
    const stream = this.table.open.get(id);
    this.resetStream(id, code);
    if (stream !== undefined)
      this.role.lost(stream, new ProxyError("PROTOCOL_ERROR", { detail: reason }), code);
  }

  /** The peer reset the stream, or did not take it. */
  loseStream(stream: Http2Stream, error: ProxyError, code: number | undefined): void {
    if (!this.table.remove(stream.id)) return;
    this.role.lost(stream, error, code);
    this.host.streamDone();
  }

  /** END_STREAM arrived. */
  remoteEnd(stream: Http2Stream): void {
    stream.receiveEnd();
    if ((stream.state & streamState.endSent) !== 0) this.#done(stream);
  }

  ping(listener: PingListener): number {
    const number = this.pings.add(this.now, (roundTripMs) => {
      if (roundTripMs !== undefined) this.keepAlive.measured(roundTripMs);
      listener(roundTripMs);
    });
    writePing(this.sender.output, 0x6f63746f, number);
    this.host.wake();
    return number;
  }

  goaway(lastStreamId: number, code: number = errorCode.noError, words = ""): void {
    if (this.over) return;
    writeGoaway(this.sender.output, lastStreamId, code, words);
    this.host.wake();
  }

  /** Ends the connection because of the peer: GOAWAY with the reason, then nothing is parsed any more. */
  fail(code: number, reason: string, kind: "PROTOCOL_ERROR" | "BACKEND_LOST"): void {
    if (this.over) return;
    this.goaway(this.isServer ? this.table.lastId : 0, code, reason);
    const error = new ProxyError(kind, { detail: reason });
    this.end(error);
    this.host.fail(error);
  }

  /** The connection is gone, or about to be: pings and streams end with `error`, what is many by `ending.more`. */
  end(error: ProxyError): void {
    if (this.over) return;
    this.over = true;
    this.#reader.stop();
    this.ending.begin(this.table.open.values(), error);
    this.pings.fail();
  }

  #writeReset(id: number, code: number): void {
    writeResetStream(this.sender.output, id, code);
    this.host.wake();
  }

  #done(stream: Http2Stream): void {
    if (this.table.remove(stream.id)) this.host.streamDone();
  }
}
