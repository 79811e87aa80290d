import { expect } from "chai";
import { deeployRequestDigest } from "../../../keepers/protocol/deeployRequest.js";
import { ContainerState } from "../../../keepers/protocol/heartbeat.js";
import {
  answerTopic,
  type CommandAnswer,
  commandTopic,
  decodeCommand,
  encodeAnswer,
  type SignedCommand,
} from "../../../keepers/protocol/nodeCommand.js";
import { recoverAddress } from "ethers";
import type { SigningKey } from "../../../keepers/protocol/signing.js";
import {
  addressOf,
  DeeployWorld,
  delegate,
  domain,
  nodeKey,
  otherNodeKey,
  owner,
  sampleJob,
  stranger,
} from "./world.js";

type Pieces = readonly (CommandAnswer | Uint8Array)[];

describe("what Deeploy relays", () => {
  let world: DeeployWorld;
  let heard: SignedCommand[];

  beforeEach(async () => {
    world = new DeeployWorld();
    heard = [];
    world.chain.jobs.set(7n, sampleJob());
    await world.start({ firstAnswerMs: 200, perAccountStreams: 2 });
  });

  afterEach(() => world.close());

  /** A node that answers every command with these pieces. */
  async function listen(key: SigningKey, pieces: Pieces): Promise<void> {
    const bus = world.hub.connect(key.address);
    await bus.subscribe(commandTopic(domain.chainId, key.address), (_topic, payload) => {
      const command = decodeCommand(payload);
      heard.push(command);
      const topic = answerTopic(domain.chainId, key.address, deeployRequestDigest(domain, command.request));
      for (const piece of pieces) {
        void bus.publish(topic, piece instanceof Uint8Array ? piece : encodeAnswer(piece), { qos: 1 });
      }
    });
  }

  const restart = (body: object = {}, wallet = owner) =>
    world.outcome(world.signed(wallet, "POST", "/jobs/7/restart", { body }));
  const line = (text: string) => ({ container: "web", at: 5, stream: "stdout", text }) as const;
  const end = (index: number): CommandAnswer => ({ index, last: true });

  it("reaches every node of the job as the wallet signed it", async () => {
    await listen(nodeKey, [end(0)]);
    const error = { code: "CONTAINER_UNKNOWN", message: "no such container" };
    await listen(otherNodeKey, [{ index: 0, last: true, error }]);
    const nodes = [
      { node: nodeKey.address, tokenId: 11 },
      { node: otherNodeKey.address, tokenId: 12, error },
    ];
    expect(await restart({ container: "web" })).to.deep.equal([200, { nodes }]);
    const [command] = heard;
    const digest = deeployRequestDigest(domain, command!.request);
    expect(recoverAddress(digest, command!.signature)).to.equal(owner.address);
    expect(command!.body).to.equal('{"container":"web"}');
  });

  it("goes to one node alone when it is named, and says which one is silent", async () => {
    await listen(nodeKey, [end(0)]);
    expect(await restart({ node: nodeKey.address })).to.deep.equal([
      200,
      { nodes: [{ node: nodeKey.address, tokenId: 11 }] },
    ]);
    const [, silent] = await restart({ node: otherNodeKey.address });
    expect((silent as { nodes: { error: { code: string } }[] }).nodes[0]!.error.code).to.equal("NODE_SILENT");
    expect(await restart({ node: addressOf(stranger) })).to.deep.equal([409, "NOT_SERVED"]);
  });

  it("needs the rights: 16 to operate, 32 to look", async () => {
    await listen(nodeKey, [end(0)]);
    const only = { node: nodeKey.address };
    const looks = () => world.outcome(world.signed(delegate, "GET", `/jobs/7/state?node=${nodeKey.address}`));
    expect(await restart(only, stranger)).to.deep.equal([403, "NOT_ALLOWED"]);
    world.chain.rights.set(addressOf(delegate), 16);
    expect((await restart(only, delegate))[0]).to.equal(200);
    expect(await looks()).to.deep.equal([403, "NOT_ALLOWED"]);
    world.chain.rights.set(addressOf(delegate), 32);
    expect((await looks())[0]).to.equal(200);
    expect(await restart(only, delegate)).to.deep.equal([403, "NOT_ALLOWED"]);
    expect(heard).to.have.length(2);
  });

  it("streams logs of all nodes, line by line, and why some cannot be had", async () => {
    const first: CommandAnswer = { index: 0, last: false, lines: [line("one"), line("two")] };
    // The first piece comes twice, as a broker may do.
    await listen(nodeKey, [first, first, { index: 1, last: false, lines: [line("three")] }, end(2)]);
    await listen(otherNodeKey, [new TextEncoder().encode("nonsense")]);
    const response = await world.signed(owner, "GET", "/jobs/7/logs?tail=10");
    expect(response.headers.get("content-type")).to.equal("application/x-ndjson");
    const entries = (await response.text())
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text) as Record<string, unknown>);
    const texts = entries.filter(({ node }) => node === nodeKey.address).map(({ text }) => text);
    expect(texts).to.deep.equal(["one", "two", "three"]);
    const [broken] = entries.filter(({ node }) => node === otherNodeKey.address);
    expect(broken!["error"]).to.include({ code: "ANSWER_BROKEN" });
  });

  it("does not pass over a missing piece of an answer", async () => {
    await listen(nodeKey, [{ index: 0, last: false, lines: [line("one")] }, end(2)]);
    const response = await world.signed(owner, "GET", `/jobs/7/logs?node=${nodeKey.address}`);
    const [, second] = (await response.text()).trim().split("\n");
    expect(second).to.include("ANSWER_BROKEN");
  });

  it("refuses queries that a node would not understand, before any node hears them", async () => {
    for (const query of ["tail=x", "other=1", "container=No!"]) {
      expect(await world.outcome(world.signed(owner, "GET", `/jobs/7/logs?${query}`))).to.deep.equal([
        400,
        "BAD_REQUEST",
      ]);
    }
    expect(heard).to.deep.equal([]);
  });

  describe("events", () => {
    const follow = async (signal: AbortSignal) => {
      const response = await world.signed(owner, "GET", "/jobs/7/events", { signal });
      return response.body!.pipeThrough(new TextDecoderStream()).getReader();
    };
    const readUntil = async (reader: ReadableStreamDefaultReader<string>, wanted: string) => {
      let text = "";
      while (!text.includes(wanted)) text += (await reader.read()).value ?? "";
      return text;
    };

    it("begin with the job, and tell what its nodes say and what the chain does", async () => {
      const stop = new AbortController();
      const reader = await follow(stop.signal);
      expect(await readUntil(reader, "event: Job\n")).to.include(": following");
      const [first] = sampleJob().seats;
      const change = { node: nodeKey.address, assignment: first!.assignment, state: ContainerState.FAILED, heardAt: 8 };
      for (const listener of world.nodes.listeners) {
        listener({ ...change, assignment: "0xother" });
        listener(change);
      }
      const told = await readUntil(reader, "event: NodeState\n");
      expect(told + (told.includes('"failed"') ? "" : await readUntil(reader, "}\n"))).to.include('"state":"failed"');
      for (const listener of world.chain.listeners)
        listener({ type: "JobClosed", jobId: 7n, at: 9, details: { end: "6" } });
      expect(await readUntil(reader, '"end":"6"')).to.include("event: JobClosed");
      stop.abort();
    });

    it("are for as many listeners of an account as there may be, until one leaves", async () => {
      const [one, two] = [new AbortController(), new AbortController()];
      await follow(one.signal);
      await follow(two.signal);
      const third = () => world.outcome(world.signed(owner, "GET", "/jobs/7/events"));
      expect(await third()).to.deep.equal([429, "TOO_MANY_STREAMS"]);
      const left = new Promise<void>((resolve) => {
        const { listeners } = world.chain;
        const forget = listeners.delete.bind(listeners);
        listeners.delete = (listener) => {
          resolve();
          return forget(listener);
        };
      });
      one.abort();
      await left;
      const again = new AbortController();
      expect((await world.signed(owner, "GET", "/jobs/7/events", { signal: again.signal })).status).to.equal(200);
      two.abort();
      again.abort();
    });
  });
});
