import { KeeperError } from "../core/errors.js";

/** Where a job's requests go. */
export interface Target {
  /** An address of this machine. */
  readonly host: string;
  readonly port: number;
}

/** What the gateway serves for a job. */
export interface Route {
  readonly jobId: bigint;
  /** The specification's name of the job. */
  readonly name: string;
  /** Undefined while no container of it answers. */
  readonly target: Target | undefined;
}

/** A request's job, and what the job is asked for. */
export interface RoutedPath {
  readonly jobId: bigint;
  readonly path: string;
  /** What was taken from the path's beginning. */
  readonly prefix: string;
}

const BY_PATH = /^\/jobs\/(?<id>0|[1-9]\d{0,77})(?<rest>[/?].*)?$/su;
const BY_LABEL = /^(?<name>[a-z][a-z0-9-]{0,30})-(?<id>0|[1-9]\d{0,30})$/u;
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/u;

/** The jobs that this node serves: nothing else is ever reached through its gateway. */
export class RouteTable {
  readonly #domain: string | undefined;
  readonly #routes = new Map<bigint, Route>();

  /** @param options `domain`: below it each job has a name of its own; without one, jobs are found by path alone. */
  constructor(options: { readonly domain?: string | undefined }) {
    this.#domain = options.domain?.toLowerCase();
  }

  /** Throws `ROUTE_INVALID` for a target that is not on this machine. */
  set(route: Route): void {
    const { target } = route;
    if (target !== undefined && !LOOPBACK.test(target.host)) {
      throw new KeeperError("ROUTE_INVALID", `the gateway leads to ports of this machine, not to ${target.host}`);
    }
    this.#routes.set(route.jobId, route);
  }

  remove(jobId: bigint): void {
    this.#routes.delete(jobId);
  }

  get(jobId: bigint): Route | undefined {
    return this.#routes.get(jobId);
  }

  /** By job. */
  list(): readonly Route[] {
    return [...this.#routes.values()].sort((a, b) => (a.jobId < b.jobId ? -1 : 1));
  }

  /**
   * The job that a request means: by `<name>-<job>.<domain>` when the host is below the domain, and otherwise by
   * `/jobs/<job>/…`. Undefined when it means none; the job need not be served here.
   */
  find(host: string, url: string): RoutedPath | undefined {
    const label = this.#labelOf(host);
    if (label !== undefined) {
      const route = this.#byLabel(label);
      return route && { jobId: route.jobId, path: url, prefix: "" };
    }
    const { id, rest = "/" } = BY_PATH.exec(url)?.groups ?? {};
    if (id === undefined) return undefined;
    return { jobId: BigInt(id), path: rest.startsWith("?") ? `/${rest}` : rest, prefix: `/jobs/${id}` };
  }

  /** Whether a host belongs to a job, served or not. */
  isJobHost(host: string): boolean {
    return this.#labelOf(host) !== undefined;
  }

  #labelOf(host: string): string | undefined {
    if (this.#domain === undefined) return undefined;
    const name = host.toLowerCase().replace(/:\d+$/u, "").replace(/\.$/u, "");
    return name.endsWith(`.${this.#domain}`) ? name.slice(0, -this.#domain.length - 1) : undefined;
  }

  #byLabel(label: string): Route | undefined {
    const { name, id } = BY_LABEL.exec(label)?.groups ?? {};
    const route = id === undefined ? undefined : this.#routes.get(BigInt(id));
    return route?.name === name ? route : undefined;
  }
}
