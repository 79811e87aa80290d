import type { DecodedOracleMessage, MessageOf, OracleMessage } from "../../keepers/protocol/oracleMessages.js";
import { hashOf, type MakeBehaviour, type Puppet, randomHash, someOf } from "./puppet.js";

/** Says nothing at all. */
export const silent: MakeBehaviour = () => ({ onSay: () => undefined });

/** Never says some kinds of things. */
export const withholder: MakeBehaviour = (puppet) => {
  const kinds = ["seal", "report", "proposal", "prevote", "precommit", "signature", "decision", "leaves", "request"];
  const withheld = new Set(kinds.filter(() => puppet.random.next() < 0.5));
  return {
    onSay: ({ message, envelope }) => {
      if (!withheld.has(message.kind)) puppet.send(envelope);
    },
  };
};

/** Says everything, to some. */
export const whisperer: MakeBehaviour = (puppet) => ({
  onSay: ({ envelope }) => puppet.send(envelope, someOf(puppet)),
});

/** Seals and opens only after it has seen somebody's report, and says the same. */
export const copier: MakeBehaviour = (puppet) => {
  let copied = "";
  return {
    onSay: ({ message, envelope }) => {
      if (message.kind !== "seal" && message.kind !== "report") puppet.send(envelope);
    },
    onHear: ({ message }) => {
      const place = `${message.epoch}/${message.attempt}`;
      if (message.kind !== "report" || copied === place) return;
      copied = place;
      sealAndOpen(puppet, { ...message, sender: puppet.key.address });
    },
  };
};

/** Much of everything: votes for far rounds, seals, reports nobody sealed, requests, leaf files of junk, messages too early. */
export const flooder: MakeBehaviour = (puppet) => ({
  onSay: ({ message, envelope }) => {
    puppet.send(envelope);
    for (let count = 0; count < 6; count++) puppet.say(junk(puppet, message));
    puppet.send(puppet.random.bytes(puppet.random.integer(300)));
  },
});

/** Says again what anybody said before, in whatever epoch. */
export const replayer: MakeBehaviour = (puppet) => {
  const heard: Uint8Array[] = [];
  const keep = (envelope: Uint8Array) => {
    if (heard.length < 400) heard.push(envelope);
    else heard[puppet.random.integer(heard.length)] = envelope;
  };
  return {
    onSay: ({ envelope }) => {
      puppet.send(envelope);
      for (let count = 0; count < 3 && heard.length > 0; count++) {
        puppet.send(heard[puppet.random.integer(heard.length)] as Uint8Array, someOf(puppet));
      }
      keep(envelope);
    },
    onHear: ({ envelope }: DecodedOracleMessage) => keep(envelope),
  };
};

function junk(puppet: Puppet, { epoch, attempt, sender }: OracleMessage): OracleMessage {
  const { random } = puppet;
  const header = { epoch: epoch + BigInt(random.integer(3)), attempt: attempt + random.integer(2), sender };
  const round = random.integer(50);
  switch (random.integer(7)) {
    case 0:
      return { ...header, kind: "prevote", round, valueId: randomHash(puppet) };
    case 1:
      return { ...header, kind: "precommit", round, valueId: randomHash(puppet) };
    case 2:
      return { ...header, kind: "proposal", round, validRound: undefined, value: { type: "skip" } };
    case 3:
      return { ...header, kind: "seal", reportHash: randomHash(puppet) };
    case 4:
      return { ...header, kind: "leaves", file: random.bytes(100) };
    case 5:
      return { ...header, kind: "request", what: "leaves", key: randomHash(puppet) };
    default:
      return { ...header, kind: "request", what: "report", key: randomHash(puppet) };
  }
}

function sealAndOpen(puppet: Puppet, report: MessageOf<"report">): void {
  const { epoch, attempt, sender } = report;
  puppet.say({ kind: "seal", epoch, attempt, sender, reportHash: hashOf(report) });
  puppet.say(report);
}
