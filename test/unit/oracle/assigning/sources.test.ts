import { expect } from "chai";

import type { ChainEvent, EventBody } from "../../../../keepers/chain/chainEvent.js";
import { applyEvents, emptyState } from "../../../../keepers/chain/protocolState.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { reputationsOf } from "../../../../keepers/oracle/assigning/reputation.js";
import { ServiceRecords } from "../../../../keepers/oracle/assigning/serviceRecords.js";
import { SpecBook } from "../../../../keepers/oracle/assigning/specBook.js";
import { fetchSpec } from "../../../../keepers/oracle/assigning/specFetcher.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import { encodeJobSpec, hashJobSpec, MAX_SPEC_BYTES } from "../../../../keepers/protocol/jobSpec.js";
import { LeafKind } from "../../../../keepers/protocol/leaf.js";
import { dataHash, encodeLeafFile } from "../../../../keepers/protocol/leafFile.js";
import { serviceId } from "../../../../keepers/protocol/serviceId.js";
import { MemoryEpochStore } from "../../../../keepers/storage/memoryEpochStore.js";
import { eventAt } from "../../chain/events.js";
import { address, hash } from "../../chain/fakeChain.js";
import { specWith } from "./world.js";

const nd = (tokenId: number): bigint => deedId(DeedKind.NODE, BigInt(tokenId));

describe("what assigning goes by", () => {
  describe("reputation", () => {
    const created: EventBody = {
      ...{ type: "JobCreated", jobId: 1n, owner: address(1), specHash: hash(2), classId: 1, gpu: 0 },
      ...{ nodes: 4, epochs: 30, rate: 1n, deposit: 5n },
    };
    const state = applyEvents(
      emptyState,
      [
        created,
        { type: "NodesAssigned", jobId: 1n, sequence: 0, leaving: [], joining: [1, 2, 3], from: 1n } as const,
        { type: "NodesAssigned", jobId: 1n, sequence: 1, leaving: [3], joining: [4], from: 5n } as const,
      ].map((body): ChainEvent => eventAt(1_000, body)),
    );
    const cumulatives = new Map([
      [serviceId(1n, nd(1)), 10n * 255n],
      [serviceId(1n, nd(3)), 2n * 255n],
    ]);

    it("is the served share of what could be served, beside three epochs of nine tenths", () => {
      const reputationOf = reputationsOf(state, { epoch: 10n, cumulatives });
      // 10 of 10; 0 of 10; 2 of 4, for it left; 0 of 6; and one that never served.
      expect([1, 2, 3, 4, 9].map(reputationOf)).to.deep.equal([9_769, 2_076, 6_714, 3_000, 9_000]);
    });

    it("is the same for everybody before the first commit, and never above all", () => {
      expect([1, 9].map(reputationsOf(state, undefined))).to.deep.equal([9_000, 9_000]);
      const tooMuch = new Map([[serviceId(1n, nd(1)), 999n * 255n]]);
      expect(reputationsOf(state, { epoch: 2n, cumulatives: tooMuch })(1)).to.equal(10_000);
    });
  });

  it("service records come out of the leaf file that the commit names, and no other", async () => {
    const entries = [
      { kind: LeafKind.AVAILABILITY, id: nd(1), cumulative: 500n },
      { kind: LeafKind.SERVICE, id: BigInt(serviceId(1n, nd(1))), cumulative: 300n },
    ];
    const file = encodeLeafFile({ chainId: 1n, ledger: address(1), epoch: 3n, previousRoot: hash(0), entries });
    const archive = new MemoryEpochStore();
    await archive.put(3n, file, { dataHash: dataHash(file) });
    const records = new ServiceRecords({ archive });
    const record = await records.of({ epoch: 3n, dataHash: dataHash(file) });
    expect(record).to.deep.equal({ epoch: 3n, cumulatives: new Map([[serviceId(1n, nd(1)), 300n]]) });
    expect(await records.of({ epoch: 3n, dataHash: dataHash(file) })).to.equal(record);
    expect(await records.of({ epoch: 3n, dataHash: hash(9) })).to.equal(undefined);
    expect(await records.of({ epoch: 4n, dataHash: hash(9) })).to.equal(undefined);
  });

  describe("SpecBook", () => {
    const clock = new VirtualClock();
    const spec = specWith({ tags: ["ssd"] });
    const specHash = hashJobSpec(spec);
    const bookOf = (answer: () => Promise<Uint8Array | undefined>) =>
      new SpecBook({ patience: 2, timeoutMs: 1_000 }, { fetchSpec: answer, clock, logger: memoryLogger(clock).logger });

    it("keeps what it found, and forgets it with the job", async () => {
      let asked = 0;
      const book = bookOf(() => {
        asked += 1;
        return Promise.resolve(encodeJobSpec(spec));
      });
      const wishes = { placement: spec.placement, gpus: 0 };
      for (let count = 0; count < 3; count++) {
        expect(await book.of(new Set([specHash]))).to.deep.equal(new Map([[specHash, wishes]]));
      }
      expect(asked).to.equal(1);
      await book.of(new Set());
      await book.of(new Set([specHash]));
      expect(asked).to.equal(2);
    });

    it("gives one up that is not to be had, has another hash, or does not come, and takes it when it comes later", async () => {
      let answer: () => Promise<Uint8Array | undefined> = () => Promise.resolve(undefined);
      const wrong: (typeof answer)[] = [
        answer,
        () => Promise.reject(new Error("nobody is there")),
        () => Promise.resolve(encodeJobSpec(specWith({}, "other"))),
        () => new Promise<never>(() => undefined),
      ];
      for (const each of wrong) {
        const book = bookOf(() => answer());
        answer = each;
        const look = async () => {
          const looking = book.of(new Set([specHash]));
          await clock.advance(1_000);
          return looking;
        };
        expect(await look()).to.deep.equal(new Map());
        expect(await look()).to.deep.equal(new Map([[specHash, null]]));
        answer = () => Promise.resolve(encodeJobSpec(spec));
        expect((await look()).get(specHash)?.placement.tags).to.deep.equal(["ssd"]);
      }
    });

    it("takes nothing that has its hash and is no specification", async () => {
      const bytes = new Uint8Array(3);
      const book = bookOf(() => Promise.resolve(bytes));
      expect(await book.of(new Set([dataHash(bytes)]))).to.deep.equal(new Map());
    });
  });

  describe("fetchSpec", () => {
    const clock = new VirtualClock();
    const urls = ["http://a", "http://b"];
    const bytes = new Uint8Array([1, 2, 3]);
    const ask = (answers: Record<string, () => Promise<Response>>) =>
      fetchSpec(hash(5), { urls, timeoutMs: 1_000 }, { clock, fetch: (url) => answers[new URL(url).origin]!() });
    const found = (): Promise<Response> => Promise.resolve(new Response(bytes));
    const missing = (): Promise<Response> => Promise.resolve(new Response("no", { status: 404 }));
    const broken = (): Promise<Response> => Promise.reject(new Error("nobody is there"));

    it("asks one service after the other, and says when it cannot know", async () => {
      const asked: string[] = [];
      const fetch = (url: string): Promise<Response> => {
        asked.push(url);
        return missing();
      };
      expect(await fetchSpec(hash(5), { urls, timeoutMs: 1_000 }, { clock, fetch })).to.equal(undefined);
      expect(asked).to.deep.equal(urls.map((url) => `${url}/jobs/specs/${hash(5)}`));
      expect(await ask({ "http://a": broken, "http://b": found })).to.deep.equal(Buffer.from(bytes));
      const error: unknown = await ask({ "http://a": broken, "http://b": missing }).catch((thrown: unknown) => thrown);
      expect(error).to.include({ code: "SPEC_UNREACHABLE", retriable: true });
    });

    it("takes nothing that is too long, and waits no longer than it may", async () => {
      const long = (): Promise<Response> => Promise.resolve(new Response(new Uint8Array(MAX_SPEC_BYTES + 1)));
      expect(await ask({ "http://a": long, "http://b": missing })).to.equal(undefined);
      const hanging = (_url: string, { signal }: RequestInit): Promise<Response> =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(new Error("aborted")));
        });
      const asking = fetchSpec(hash(5), { urls: ["http://a"], timeoutMs: 1_000 }, { clock, fetch: hanging });
      const outcome = asking.catch((thrown: unknown) => thrown);
      await clock.advance(1_000);
      expect(await outcome).to.include({ code: "SPEC_UNREACHABLE" });
      expect(clock.pending).to.equal(0);
    });
  });
});
