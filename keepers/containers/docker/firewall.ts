import type { HostCommand } from "./hostCommand.js";
import { BRIDGE_PREFIX } from "./labels.js";

/** Rules of our own, reached from the chain of what comes in and from the daemon's chain of what passes through. */
const CHAIN = "R1-JOBS";
const PARENTS = ["INPUT", "DOCKER-USER"];
const COMMENT = "licensed compute: containers of jobs";
const JUMP = ["-i", `${BRIDGE_PREFIX}+`, "-m", "comment", "--comment", COMMENT, "-j", CHAIN];

/** The host's own network, its provider's metadata, and carriers' private ranges. */
const INSIDE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"];

/**
 * Keeps containers away from the host and from the private networks around it; the daemon itself sees to jobs being apart.
 * What the host starts (health checks, the gateway) passes, and so does what a container starts within its own job, with
 * a name server, or with the Internet. Rules outlive this process, like the containers they hold.
 */
export class Firewall {
  readonly #run: HostCommand;

  constructor(dependencies: { readonly run: HostCommand }) {
    this.#run = dependencies.run;
  }

  /** Resolves with what is wrong when the rules cannot be there. Idempotent; rules that others flushed come back. */
  async ensure(): Promise<string | undefined> {
    for (const chain of PARENTS) {
      const problem = (await this.#has(chain, JUMP)) ? undefined : await this.#build(chain);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** The rules first, and then the way to them. */
  async #build(parent: string): Promise<string | undefined> {
    await this.#iptables("-N", CHAIN);
    for (const rule of RULES) {
      const problem = (await this.#has(CHAIN, rule))
        ? undefined
        : problemOf(await this.#iptables("-A", CHAIN, ...rule));
      if (problem !== undefined) return problem;
    }
    return problemOf(await this.#iptables("-I", parent, ...JUMP));
  }

  async #has(chain: string, rule: readonly string[]): Promise<boolean> {
    return (await this.#iptables("-C", chain, ...rule)).code === 0;
  }

  #iptables(...args: string[]): ReturnType<HostCommand> {
    return this.#run("iptables", "--wait", ...args);
  }
}

/** What reaches the host has no interface that it leaves by, and meets the last rule. */
const RULES: readonly (readonly string[])[] = [
  ["-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "RETURN"],
  ["-o", `${BRIDGE_PREFIX}+`, "-j", "RETURN"],
  ["-m", "addrtype", "--dst-type", "LOCAL", "-j", "REJECT"],
  ["-p", "udp", "--dport", "53", "-j", "RETURN"],
  ["-p", "tcp", "--dport", "53", "-j", "RETURN"],
  ...INSIDE.map((range) => ["-d", range, "-j", "REJECT"]),
];

function problemOf({ code, output }: Awaited<ReturnType<HostCommand>>): string | undefined {
  return code === 0 ? undefined : `iptables: ${output === "" ? "it cannot be run" : output}`;
}
