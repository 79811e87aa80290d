import { createServer, type AddressInfo, type Server } from "node:net";

import { errorCode, KeeperError } from "../../keepers/core/errors.js";
import { ORACLES } from "./accounts.js";
import { PORTS } from "./options.js";

/** Where the parts of the network listen, all on loopback. */
export interface Ports {
  readonly chain: number;
  readonly broker: number;
  /** One for each oracle's API. */
  readonly oracles: readonly number[];
  readonly deeploy: number;
}

/**
 * The ports that start with `first`, found to be free; or any free ones for 0.
 * @throws KeeperError `PORT_IN_USE` that names the port
 */
export async function choosePorts(first: number): Promise<Ports> {
  const wanted = Array.from({ length: PORTS }, (_, index) => (first === 0 ? 0 : first + index));
  const [chain, broker, ...others] = await tryPorts(wanted);
  const [oracles, [deeploy]] = [others.slice(0, ORACLES), others.slice(ORACLES)];
  return { chain: chain as number, broker: broker as number, oracles, deeploy: deeploy as number };
}

/** Listens on all of them at once, so that no free port is found twice, and lets them go. */
async function tryPorts(wanted: readonly number[]): Promise<number[]> {
  const probes = await Promise.allSettled(wanted.map(listen));
  const found = probes.map((probe) => (probe.status === "fulfilled" ? probe.value : undefined));
  const ports = found.map((server) => (server?.address() as AddressInfo | undefined)?.port ?? 0);
  await Promise.all(found.flatMap((server) => (server ? [closed(server)] : [])));
  const failed = probes.find((probe) => probe.status === "rejected");
  if (failed) throw failed.reason;
  return ports;
}

function listen(port: number): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  const server = createServer();
  server.once("error", (cause) => reject(explain(port, cause)));
  server.listen(port, "127.0.0.1", () => resolve(server));
  return promise;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function explain(port: number, cause: Error): KeeperError {
  if (errorCode(cause) !== "EADDRINUSE")
    return new KeeperError("PORT_UNUSABLE", `cannot listen on port ${port}`, { cause });
  const message =
    `port ${port} is in use, by another npm start perhaps: end that one, ` +
    `or choose other ports with --port <first of ${PORTS}> (--port 0: any free ones)`;
  return new KeeperError("PORT_IN_USE", message);
}
