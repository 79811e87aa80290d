import { request } from "node:http";
import { connect } from "node:net";

/** How health checks reach a container from the host. Both give false for every failure, and when the signal aborts. */
export interface Probes {
  /** Whether a GET was answered with a status from 200 to 399. */
  http(
    at: { readonly host: string; readonly port: number; readonly path: string },
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Whether a connection was taken. */
  tcp(at: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<boolean>;
}

/** Over the network; every check has a connection of its own, for a service that takes no more is not healthy. */
export const networkProbes: Probes = {
  http: ({ host, port, path }, signal) =>
    new Promise((resolve) => {
      const asked = request({ host, port, path, signal, agent: false, headers: { "user-agent": "r1-health" } });
      asked.on("response", (response) => {
        const status = response.statusCode ?? 0;
        response.destroy();
        resolve(status >= 200 && status < 400);
      });
      asked.on("error", () => resolve(false));
      asked.end();
    }),
  tcp: ({ host, port }, signal) =>
    new Promise((resolve) => {
      const socket = connect({ host, port, signal });
      const end = (taken: boolean): void => {
        socket.destroy();
        resolve(taken);
      };
      socket.on("connect", () => end(true));
      socket.on("error", () => end(false));
    }),
};
