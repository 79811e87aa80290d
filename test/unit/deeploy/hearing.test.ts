import { expect } from "chai";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { HeartbeatStates } from "../../../keepers/deeploy/hearing/heartbeatStates.js";
import { OfferBook } from "../../../keepers/deeploy/hearing/offerBook.js";
import type { StateChange } from "../../../keepers/deeploy/views.js";
import { type Advertisement, advertisementTopic, signAdvertisement } from "../../../keepers/protocol/advertisement.js";
import { ContainerState, heartbeatTopic, signHeartbeat } from "../../../keepers/protocol/heartbeat.js";
import type { SigningKey } from "../../../keepers/protocol/signing.js";
import { MemoryHub } from "../../../keepers/transport/memoryBus.js";
import { hash, nodeKey, otherNodeKey } from "./world.js";

const chainId = 31_337n;
const nodeRegistry = `0x${"9e".repeat(20)}`;
const limits = { maximumPayloadBytes: 64 * 1024, outgoingLimit: 100 };

describe("what Deeploy hears of nodes", () => {
  const clock = new VirtualClock();
  const { logger } = memoryLogger(clock);
  const hub = new MemoryHub(limits, { clock });
  const bus = hub.connect("somebody");

  async function publish(topic: string, payload: Uint8Array): Promise<void> {
    await bus.publish(topic, payload, { qos: 1 });
    await clock.advance(0);
  }

  describe("heartbeats", () => {
    const assignment = hash("a5");

    async function beat(
      sequence: bigint,
      state: ContainerState,
      {
        key = nodeKey,
        topic = key.address,
        registry = nodeRegistry,
      }: { key?: SigningKey; topic?: string; registry?: string } = {},
    ): Promise<void> {
      const place = { chainId, nodeRegistry: registry, node: key.address, blockNumber: 1n, blockHash: hash("b1") };
      const beat = { ...place, sequence, time: sequence, load: 0, containers: [{ assignment, state }] };
      await publish(heartbeatTopic(chainId, topic), signHeartbeat(beat, key));
    }

    it("tell states and their changes, the newest only, of nodes with a deed and of their own topic", async () => {
      const isNode = (node: string): boolean => node === nodeKey.address;
      const states = new HeartbeatStates(
        { chainId, nodeRegistry },
        { bus: hub.connect("deeploy"), clock, logger, isNode },
      );
      await states.start();
      const changes: StateChange[] = [];
      states.onChange((change) => changes.push(change));
      await beat(1n, ContainerState.STARTING);
      await beat(3n, ContainerState.RUNNING);
      await beat(4n, ContainerState.RUNNING);
      await beat(2n, ContainerState.FAILED);
      await beat(9n, ContainerState.FAILED, { registry: `0x${"11".repeat(20)}` });
      await beat(9n, ContainerState.FAILED, { topic: otherNodeKey.address });
      await beat(9n, ContainerState.FAILED, { key: otherNodeKey });
      await publish(heartbeatTopic(chainId, nodeKey.address), new Uint8Array(7));
      expect(states.stateOf(nodeKey.address, assignment)?.state).to.equal(ContainerState.RUNNING);
      expect(states.stateOf(otherNodeKey.address, assignment)).to.equal(undefined);
      expect(changes.map(({ state }) => state)).to.deep.equal([ContainerState.STARTING, ContainerState.RUNNING]);
      await states.close();
    });

    it("that somebody else signed count for nothing", async () => {
      const isNode = (): boolean => true;
      const states = new HeartbeatStates(
        { chainId, nodeRegistry },
        { bus: hub.connect("deeploy"), clock, logger, isNode },
      );
      await states.start();
      const place = { chainId, nodeRegistry, node: nodeKey.address, blockNumber: 1n, blockHash: hash("b1") };
      const containers = [{ assignment, state: ContainerState.RUNNING }];
      const signed = (sequence: bigint) =>
        signHeartbeat({ ...place, sequence, time: 1n, load: 0, containers }, nodeKey);
      const beat = signed(1n);
      beat.set(signed(2n).subarray(-65), beat.length - 65);
      await publish(heartbeatTopic(chainId, nodeKey.address), beat);
      expect(states.stateOf(nodeKey.address, assignment)).to.equal(undefined);
      await states.close();
    });
  });

  describe("advertisements", () => {
    const capacity = { milliCpu: 4_000, memoryMiB: 8_192, diskMiB: 65_536, gpus: 1 };

    async function offer(key: SigningKey, changes: Partial<Advertisement> = {}): Promise<void> {
      const place = { chainId, nodeRegistry, node: key.address, capacity, load: 7, country: "RO", tags: ["ssd"] };
      const advertisement = { ...place, time: 5n, gateway: "", ...changes };
      await publish(advertisementTopic(chainId, key.address), signAdvertisement(advertisement, key));
    }

    it("list nodes with a deed by token id, as they said last, while they say so", async () => {
      const deeds = new Map([
        [nodeKey.address, 9],
        [otherNodeKey.address, 4],
      ]);
      const tokenOf = (node: string): number | undefined => deeds.get(node);
      const options = { chainId, nodeRegistry, lifetimeMs: 1_000 };
      const book = new OfferBook(options, { bus: hub.connect("deeploy"), clock, logger, tokenOf });
      await book.start();
      await offer(nodeKey, { time: 6n, gateway: "https://gw.example" });
      await offer(nodeKey, { time: 5n, country: "DE" });
      await offer(otherNodeKey);
      await offer(otherNodeKey, { time: 9n, chainId: 1n });
      expect(book.nodes.map(({ tokenId, country, gateway }) => [tokenId, country, gateway])).to.deep.equal([
        [4, "RO", undefined],
        [9, "RO", "https://gw.example"],
      ]);
      deeds.delete(otherNodeKey.address);
      expect(book.nodes.map(({ tokenId }) => tokenId)).to.deep.equal([9]);
      await clock.advance(1_001);
      expect(book.nodes).to.deep.equal([]);
      await book.close();
    });
  });
});
