import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { BrokerHandlers } from "./brokerWorker.js";
import { Worker } from "./workers.js";

export interface Broker {
  readonly name: string;
  readonly url: string;
  close(): Promise<void>;
}

const PROGRAM = "mosquitto";
/** As in deploy/mosquitto; with its default it drops messages as soon as the reader stands still for a fifth of a second. */
const QUEUE = "max_queued_messages 50000";
const ATTEMPTS = 100;
const PAUSE_MS = 50;

/** Mosquitto when it is installed; otherwise the embedded broker. A process of its own either way. */
export async function startBroker(): Promise<Broker> {
  return (await startMosquitto()) ?? startEmbedded();
}

async function startEmbedded(): Promise<Broker> {
  const worker = await Worker.start<BrokerHandlers>("brokerWorker");
  const url = await worker.call("listen", undefined);
  return { name: "embedded broker", url, close: () => worker.end() };
}

async function startMosquitto(): Promise<Broker | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "bench-mosquitto-"));
  const port = await freePort();
  const settings = join(directory, "mosquitto.conf");
  await writeFile(settings, `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\nlog_type error\n${QUEUE}\n`);
  const child = spawn(PROGRAM, ["-c", settings], { stdio: "ignore" });
  const close = async (): Promise<void> => {
    await end(child);
    await rm(directory, { recursive: true });
  };
  if (await listens(child, port)) return { name: "Mosquitto", url: `mqtt://127.0.0.1:${port}`, close };
  await close();
  return undefined;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}

/** False when there is no such program, or it gave up. */
async function listens(child: ChildProcess, port: number): Promise<boolean> {
  const gone = new AbortController();
  child.once("error", () => gone.abort()).once("exit", () => gone.abort());
  for (let attempt = 0; attempt < ATTEMPTS && !gone.signal.aborted; attempt++) {
    if (await accepts(port)) return true;
    await sleep(PAUSE_MS);
  }
  return false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const settle = (accepted: boolean) => () => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", settle(true)).once("error", settle(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
