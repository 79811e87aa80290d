import { expect } from "chai";
import type { KeeperError } from "../../../keepers/core/errors.js";
import type { MessageBus, Unsubscribe } from "../../../keepers/transport/messageBus.js";
import { bytes, Inbox } from "./inbox.js";

export const conformanceLimits = { maximumPayloadBytes: 4_096, outgoingLimit: 3 };

/** A network of the kind under test, with `conformanceLimits`. */
export interface BusFixture {
  /** A connected bus. */
  connect(name: string): Promise<MessageBus>;
  /** Cuts every connection and keeps the broker away; resolves when every bus knows. */
  cut(): Promise<void>;
  /** Brings the broker back; resolves when every bus is connected again. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

interface Member {
  readonly shared: Inbox;
  readonly ended: Inbox;
  readonly leave: Unsubscribe;
}

/** What every MessageBus must do. */
export function messageBusConformance(name: string, create: () => Promise<BusFixture>): void {
  describe(`MessageBus conformance: ${name}`, () => {
    let fixture: BusFixture;
    let sender: MessageBus;
    let receiver: MessageBus;

    beforeEach(async () => {
      fixture = await create();
      sender = await fixture.connect("sender");
      receiver = await fixture.connect("receiver");
    });

    afterEach(() => fixture.close());

    async function listen(filter: string, bus = receiver): Promise<Inbox> {
      const inbox = new Inbox();
      await bus.subscribe(filter, inbox.handler);
      return inbox;
    }

    const deliveries: readonly [filter: string, topic: string, arrives: boolean][] = [
      ["a/b", "a/b", true],
      ["a/b", "a/b/c", false],
      ["a/b", "A/b", false],
      ["a/+", "a/b", true],
      ["a/+", "a/b/c", false],
      ["a/+/c", "a/b/c", true],
      ["+/+", "a/b", true],
      ["#", "a/b/c", true],
      ["a/#", "a/b/c", true],
      ["a/#", "a", true],
      ["a/#", "ab/c", false],
      ["a/+/#", "a", false],
      ["a/+/#", "a/b", true],
      ["a//b", "a//b", true],
      ["a/+/b", "a//b", true],
    ];
    for (const [filter, topic, arrives] of deliveries) {
      it(`${topic} ${arrives ? "reaches" : "does not reach"} a subscription to ${filter}`, async () => {
        const inbox = await listen(filter);
        const last = await listen("last");
        await sender.publish(topic, bytes("1"));
        await sender.publish("last", bytes("2"));
        await last.waitFor(1);
        expect(inbox.messages.filter((message) => message !== "last=2")).to.deep.equal(arrives ? [`${topic}=1`] : []);
      });
    }

    for (const qos of [0, 1] as const) {
      it(`carries bytes unchanged and in order with qos ${qos}`, async () => {
        const payload = Uint8Array.from({ length: 256 }, (_, index) => index);
        const got: Uint8Array[] = [];
        const inbox = await listen("x");
        await receiver.subscribe("x", (_topic, bytes) => got.push(bytes.slice()));
        await sender.publish("x", payload, { qos });
        for (let index = 0; index < 50; index += 1) await sender.publish("x", bytes(String(index)), { qos });
        const messages = await inbox.waitFor(51);
        expect(got[0]).to.deep.equal(payload);
        expect(messages.slice(1)).to.deep.equal(Array.from({ length: 50 }, (_, index) => `x=${index}`));
      });
    }

    it("lets a publisher hear itself, and carries an empty payload", async () => {
      const inbox = await listen("own", sender);
      await sender.publish("own", new Uint8Array());
      expect(await inbox.waitFor(1)).to.deep.equal(["own="]);
    });

    it("lets the sender use its bytes again once they are published", async () => {
      const inbox = await listen("x");
      const payload = bytes("before");
      await sender.publish("x", payload, { qos: 1 });
      payload.fill(0);
      expect(await inbox.waitFor(1)).to.deep.equal(["x=before"]);
    });

    it("calls every handler, also when one of them throws", async () => {
      await receiver.subscribe("x", () => {
        throw new Error("handler broke");
      });
      const inbox = await listen("x");
      const wide = await listen("#");
      await sender.publish("x", bytes("1"), { qos: 1 });
      await sender.publish("x", bytes("2"), { qos: 1 });
      expect(await inbox.waitFor(2)).to.deep.equal(["x=1", "x=2"]);
      expect(await wide.waitFor(2)).to.deep.equal(["x=1", "x=2"]);
    });

    it("stops one handler on unsubscribe, twice without harm, and not the other on the same filter", async () => {
      const ended = new Inbox();
      const unsubscribe = await receiver.subscribe("x", ended.handler);
      const kept = await listen("x");
      await unsubscribe();
      await unsubscribe();
      await sender.publish("x", bytes("1"));
      await kept.waitFor(1);
      expect(ended.messages).to.deep.equal([]);
    });

    it("stops the last handler of a filter, and can subscribe to it again", async () => {
      const ended = new Inbox();
      await (
        await receiver.subscribe("x", ended.handler)
      )();
      const last = await listen("last");
      await sender.publish("x", bytes("1"));
      await sender.publish("last", bytes("1"));
      await last.waitFor(1);
      const again = await listen("x");
      await sender.publish("x", bytes("2"));
      expect(await again.waitFor(1)).to.deep.equal(["x=2"]);
      expect(ended.messages).to.deep.equal([]);
    });

    const badShares = ["$share/", "$share/g", "$share/g/", "$share//a", "$share/+/a", "$share/g#/a", "$share/g/a#"];
    for (const filter of ["", "a/#/b", "a#", "a/b+", "+a", "a\0b", ...badShares]) {
      it(`refuses the filter ${JSON.stringify(filter)}`, async () => {
        expect(await codeOf(receiver.subscribe(filter, () => undefined))).to.equal("FILTER_INVALID");
      });
    }

    for (const topic of ["", "a/+", "#", "a\0b", "x".repeat(65_536), "a/".repeat(100)]) {
      it(`refuses the topic ${JSON.stringify(topic.slice(0, 12))} of ${topic.length} characters`, async () => {
        expect(await codeOf(sender.publish(topic, bytes("1")))).to.equal("TOPIC_INVALID");
      });
    }

    describe("shared subscriptions", () => {
      const filter = "$share/group/x/+";
      const range = (from: number, to: number): number[] =>
        Array.from({ length: to - from }, (_, index) => from + index);

      /** Listens to a filter, and to the topic that tells the end of a sending. */
      async function join(bus: MessageBus, filter: string): Promise<Member> {
        const [shared, ended] = [new Inbox(), new Inbox()];
        await bus.subscribe("end", ended.handler);
        return { shared, ended, leave: await bus.subscribe(filter, shared.handler) };
      }

      /** Publishes the numbers under x/0, x/1 …; resolves when the members have got what was meant for them. */
      async function send(numbers: readonly number[], ...members: readonly Member[]): Promise<void> {
        const wanted = members.map(({ ended }) => ended.messages.length + 1);
        for (const number of numbers) await sender.publish(`x/${number % 3}`, bytes(String(number)), { qos: 1 });
        await sender.publish("end", bytes(""), { qos: 1 });
        await Promise.all(members.map(({ ended }, index) => ended.waitFor(wanted[index] ?? 0)));
      }

      const numbersOf = ({ shared }: Member): number[] =>
        shared.messages.map((message) => Number(message.split("=")[1]));
      const ascending = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

      it("give each message to one member, in order, and leave none idle", async () => {
        const members = [
          await join(receiver, filter),
          await join(await fixture.connect("second"), filter),
          await join(await fixture.connect("third"), filter),
        ];
        await send(range(0, 30), ...members);
        const got = members.map(numbersOf);
        expect(ascending(got.flat())).to.deep.equal(range(0, 30));
        for (const numbers of got) {
          expect(numbers).to.have.length.greaterThan(0);
          expect(numbers).to.deep.equal(ascending(numbers));
        }
      });

      it("take nothing from other groups, other filters and plain subscriptions", async () => {
        const second = await fixture.connect("second");
        const same = [await join(receiver, filter), await join(second, filter)];
        const third = await fixture.connect("third");
        const other = await join(third, "$share/other/x/+");
        const elsewhere = await join(await fixture.connect("fourth"), "$share/group/y/+");
        const plain = await join(await fixture.connect("fifth"), "x/+");
        await send(range(0, 10), ...same, other, elsewhere, plain);
        expect(ascending(same.flatMap(numbersOf))).to.deep.equal(range(0, 10));
        expect([other, elsewhere, plain].map(numbersOf)).to.deep.equal([range(0, 10), [], range(0, 10)]);
      });

      it("give everything to who is left when members leave, hang up or come back", async () => {
        const second = await fixture.connect("second");
        const [first, other] = [await join(receiver, filter), await join(second, filter)];
        await first.leave();
        await send(range(0, 6), first, other);
        expect([first, other].map(numbersOf)).to.deep.equal([[], range(0, 6)]);
        const again = await join(receiver, filter);
        await second.close();
        await send(range(6, 12), again);
        expect(numbersOf(again)).to.deep.equal(range(6, 12));
        expect(numbersOf(other)).to.deep.equal(range(0, 6));
      });

      it("are kept across a lost connection", async () => {
        const members = [await join(receiver, filter), await join(await fixture.connect("second"), filter)];
        await fixture.cut();
        await fixture.restore();
        await send(range(0, 10), ...members);
        expect(ascending(members.flatMap(numbersOf))).to.deep.equal(range(0, 10));
        expect(members.every((member) => numbersOf(member).length > 0)).to.equal(true);
      });
    });

    it("carries a payload of exactly the bound and refuses one byte more", async () => {
      const inbox = await listen("x");
      const largest = "x".repeat(conformanceLimits.maximumPayloadBytes);
      await sender.publish("x", bytes(largest));
      expect(await inbox.waitFor(1)).to.deep.equal([`x=${largest}`]);
      expect(await codeOf(sender.publish("x", bytes(`${largest}x`)))).to.equal("PAYLOAD_TOO_LARGE");
    });

    it("keeps its subscriptions and tells its listeners when the connection goes and comes back", async () => {
      const inbox = await listen("x/+");
      const seen: boolean[] = [];
      receiver.onConnection(() => {
        throw new Error("listener broke");
      });
      receiver.onConnection((connected) => seen.push(connected));
      await fixture.cut();
      expect(receiver.connected).to.equal(false);
      await fixture.restore();
      expect(receiver.connected).to.equal(true);
      await sender.publish("x/1", bytes("after"));
      expect(await inbox.waitFor(1)).to.deep.equal(["x/1=after"]);
      expect(seen).to.deep.equal([false, true]);
    });

    it("drops qos 0 and keeps qos 1 while offline, in order, up to its bound", async () => {
      await fixture.cut();
      const inbox = await listen("x", sender);
      await sender.publish("x", bytes("dropped"));
      const kept = ["1", "2", "3"].map((text) => sender.publish("x", bytes(text), { qos: 1 }));
      expect(await codeOf(sender.publish("x", bytes("4"), { qos: 1 }))).to.equal("OUTGOING_QUEUE_FULL");
      await fixture.restore();
      await Promise.all(kept);
      await sender.publish("x", bytes("end"), { qos: 1 });
      expect(await inbox.waitFor(4)).to.deep.equal(["x=1", "x=2", "x=3", "x=end"]);
    });

    it("refuses everything once closed, rejects what waits, and closes twice", async () => {
      await fixture.cut();
      const waiting = codeOf(sender.publish("x", bytes("1"), { qos: 1 }));
      await Promise.all([sender.close(), sender.close()]);
      expect(await waiting).to.equal("BUS_CLOSED");
      expect(sender.connected).to.equal(false);
      expect(await codeOf(sender.publish("x", bytes("1")))).to.equal("BUS_CLOSED");
      expect(await codeOf(sender.subscribe("x", () => undefined))).to.equal("BUS_CLOSED");
      await fixture.restore();
      expect(sender.connected).to.equal(false);
    });

    it("stops hearing once closed", async () => {
      const closed = await listen("x");
      const other = await listen("x", sender);
      await receiver.close();
      await sender.publish("x", bytes("1"), { qos: 1 });
      await other.waitFor(1);
      expect(closed.messages).to.deep.equal([]);
    });
  });
}

/** The code an operation was refused with; fails when it was not. */
async function codeOf(operation: Promise<unknown>): Promise<string> {
  return operation.then(
    () => "no error",
    (error: unknown) => (error as KeeperError).code,
  );
}
