/** A program that tests start themselves, and the Debian package that it comes in. */
export interface ServicePackage {
  readonly programs: readonly string[];
  readonly package: string;
}

export const SERVICES: readonly ServicePackage[] = [
  { programs: ["mosquitto", "mosquitto_ctrl"], package: "mosquitto" },
  { programs: ["redis-server"], package: "redis-server" },
  { programs: ["dockerd"], package: "docker.io" },
  { programs: ["docker-registry"], package: "docker-registry" },
  { programs: ["busybox"], package: "busybox-static" },
  { programs: ["iptables"], package: "iptables" },
  { programs: ["ip"], package: "iproute2" },
  { programs: ["mkfs.ext4", "debugfs"], package: "e2fsprogs" },
  { programs: ["losetup"], package: "mount" },
  { programs: ["unshare", "nsenter"], package: "util-linux" },
  { programs: ["z3"], package: "z3" },
];

/** What installing needs of a machine. */
export interface Machine {
  /** Whether a program can be started. */
  has(program: string): boolean;
  readonly isRoot: boolean;
  /** Runs a command to its end; gives its status, 127 when it cannot be started. */
  run(command: string, ...args: string[]): Promise<number>;
  /** Keeps Debian from starting the services that it installs; gives what undoes that. */
  forbidServices(): () => void;
  tell(text: string): void;
}

/** Packages of which a program is missing. */
export function missingPackages(machine: Pick<Machine, "has">): string[] {
  const missing = SERVICES.filter(({ programs }) => !programs.every((program) => machine.has(program)));
  return missing.map((service) => service.package);
}

/**
 * Installs what the tests need and the machine lacks. Resolves with undefined when everything is there, or else with what a
 * person has to do: nothing is left out for want of a service.
 */
export async function ensureServices(machine: Machine): Promise<string | undefined> {
  const missing = missingPackages(machine);
  if (missing.length === 0) return undefined;
  const names = missing.join(" ");
  const advice = `Tests start ${missing.join(" and ")} themselves, and cannot without: run \`apt-get install --no-install-recommends ${names}\` as root, or install them in another way so that they are in the PATH.`;
  if (!machine.has("apt-get")) return `${names}: not installed, and this system has no apt-get. ${advice}`;
  if (!machine.isRoot) return `${names}: not installed, and only root may install packages. ${advice}`;
  machine.tell(`installing ${names}, which tests start (Debian packages)\n`);
  const allow = machine.forbidServices();
  try {
    if (!(await install(machine, missing))) return `${names}: apt-get could not install them, see above. ${advice}`;
  } finally {
    allow();
  }
  const still = missingPackages(machine);
  return still.length === 0
    ? undefined
    : `${still.join(" ")}: installed, but the programs are not in the PATH. ${advice}`;
}

/** The package lists may be absent, or so old that the packages are gone: then they are fetched, and it is tried again. */
async function install(machine: Machine, packages: readonly string[]): Promise<boolean> {
  const command = ["install", "-y", "--no-install-recommends", ...packages];
  if ((await machine.run("apt-get", ...command)) === 0) return true;
  return (await machine.run("apt-get", "update")) === 0 && (await machine.run("apt-get", ...command)) === 0;
}
