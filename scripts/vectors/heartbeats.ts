import { bytesToHex } from "../../keepers/protocol/bytes.js";
import {
  type ContainerState,
  decodeHeartbeat,
  type Heartbeat,
  heartbeatTopic,
  MAX_CONTAINERS,
  signHeartbeat,
} from "../../keepers/protocol/heartbeat.js";
import { sampleAddress, sampleHash, sampleKey } from "./samples.js";

/** An idle node, one with every container state, and the largest heartbeat there can be. */
export function heartbeatVectors(): object {
  return {
    heartbeats: [
      heartbeatVector("idle", { load: 0, containers: [] }),
      heartbeatVector("every state", { load: 4321, containers: containers(6) }),
      heartbeatVector("largest", {
        load: 10_000,
        containers: containers(MAX_CONTAINERS),
        chainId: 2n ** 64n - 1n,
        sequence: 2n ** 64n - 1n,
        time: 2n ** 64n - 1n,
        blockNumber: 2n ** 64n - 1n,
      }),
    ],
  };
}

function heartbeatVector(name: string, fields: Partial<Heartbeat> & Pick<Heartbeat, "load" | "containers">): object {
  const { privateKey, key } = sampleKey(`node/${name}`);
  const heartbeat: Heartbeat = {
    chainId: 8453n,
    nodeRegistry: sampleAddress("node registry"),
    node: key.address,
    sequence: 1_750_000_000_001n,
    time: 1_750_000_000_000n,
    blockNumber: 31_337_000n,
    blockHash: sampleHash("block"),
    ...fields,
  };
  const message = signHeartbeat(heartbeat, key);
  const { digest, signature } = decodeHeartbeat(message);
  const { containers: reported, ...plain } = heartbeat;
  return {
    name,
    privateKey,
    ...plain,
    assignments: reported.map(({ assignment }) => assignment),
    states: reported.map(({ state }) => state),
    topic: heartbeatTopic(heartbeat.chainId, heartbeat.node),
    digest: bytesToHex(digest),
    signature: bytesToHex(signature),
    message: bytesToHex(message),
  };
}

function containers(count: number): Heartbeat["containers"] {
  return Array.from({ length: count }, (_, index) => ({
    assignment: sampleHash(`assignment/${index}`),
    state: (index % 6) as ContainerState,
  }));
}
