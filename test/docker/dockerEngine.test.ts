import { DockerEngine } from "../../keepers/containers/docker/dockerEngine.js";
import { SystemClock } from "../../keepers/core/clock.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { BUSYBOX_IMAGE, startDocker, type DockerService } from "../helpers/services/docker.js";
import { engineConformance, type Program } from "../unit/containers/engine.conformance.js";

const COMMANDS: Readonly<Record<Program, string>> = {
  idles: "exec sleep 1000",
  "ignores-stop": "trap '' TERM; while :; do sleep 1; done",
  ends: "exit 3",
  speaks: "echo one; echo two >&2; echo three; exec sleep 1000",
};

let service: DockerService | undefined;

engineConformance("Docker", async () => {
  const started = (service = await startDocker());
  const dependencies = { clock: new SystemClock(), random: new CryptoRandom(), host: started.engine.host };
  const open = (node: string): DockerEngine =>
    new DockerEngine({ ...started.engine.options, node: `0x${node.repeat(20)}` }, dependencies);
  return {
    engine: open("aa"),
    other: open("bb"),
    program: (program) => ({ image: BUSYBOX_IMAGE, command: ["sh", "-c", COMMANDS[program]] }),
    passing: (operation) => operation,
    pause: () => started.pause(),
    resume: () => started.resume(),
  };
});

after(() => service?.stop());
