import { expect } from "chai";
import fc from "fast-check";
import { EncodingError } from "../../../keepers/protocol/bytes.js";
import { type DeeployRequest, requestBodyHash } from "../../../keepers/protocol/deeployRequest.js";
import { JobRight } from "../../../keepers/protocol/jobRights.js";
import {
  type CommandAnswer,
  decodeAnswer,
  decodeCommand,
  encodeAnswer,
  encodeCommand,
  MAX_COMMAND_BYTES,
  type NodeCommand,
  readNodeCommand,
  rightFor,
  type SignedCommand,
} from "../../../keepers/protocol/nodeCommand.js";

const node = `0x${"aa".repeat(20)}`;

function command(method: string, path: string, body = ""): SignedCommand {
  const request: DeeployRequest = {
    account: `0x${"11".repeat(20)}`,
    method,
    path,
    bodyHash: requestBodyHash(new TextEncoder().encode(body)),
    nonce: `0x${"22".repeat(32)}`,
    expiresAt: 1_700_000_000,
  };
  return { request, body, signature: `0x${"33".repeat(65)}` };
}

const read = (method: string, path: string, body?: string): NodeCommand => readNodeCommand(command(method, path, body));

describe("commands to nodes", () => {
  it("are what the wallet's request says", () => {
    expect(read("POST", "/jobs/7/restart")).to.deep.equal({ kind: "restart", jobId: 7n });
    expect(read("POST", "/jobs/7/stop", `{"node":"${node.toUpperCase().replace("0X", "0x")}"}`)).to.deep.equal({
      kind: "stop",
      jobId: 7n,
      node,
    });
    expect(read("POST", "/jobs/7/restart", '{"container":"web"}')).to.include({ container: "web" });
    expect(read("GET", `/jobs/7/state?node=${node}`)).to.deep.equal({ kind: "state", jobId: 7n, node });
    expect(read("GET", "/jobs/7/logs")).to.deep.equal({ kind: "logs", jobId: 7n, tail: 100, followSeconds: 0 });
    expect(read("GET", "/jobs/7/logs?container=web&tail=5&since=9&follow=60")).to.deep.equal({
      kind: "logs",
      jobId: 7n,
      container: "web",
      tail: 5,
      since: 9,
      followSeconds: 60,
    });
  });

  it("are refused when they say anything else", () => {
    const bad: readonly (readonly [string, string, string?])[] = [
      ["GET", "/jobs/7/restart"],
      ["POST", "/jobs/7/logs"],
      ["POST", "/jobs/7/extend"],
      ["POST", "/jobs//restart"],
      ["POST", "/jobs/7/restart/"],
      ["POST", "/jobs/7/restart?container=web"],
      ["POST", "x/jobs/7/restart"],
      ["POST", "/jobs/-7/restart"],
      ["POST", "/jobs/7/restart", "{"],
      ["POST", "/jobs/7/restart", '{"force":true}'],
      ["POST", "/jobs/7/restart", '{"node":"somebody"}'],
      ["GET", "/jobs/7/logs?tail=-1"],
      ["GET", "/jobs/7/logs?tail=1000000"],
      ["GET", "/jobs/7/logs?follow=86400"],
      ["GET", "/jobs/7/logs?tail=1&tail=2"],
      ["GET", "/jobs/7/logs?container=../web"],
    ];
    for (const [method, path, body] of bad) {
      expect(() => read(method, path, body), `${method} ${path}`).to.throw(EncodingError);
    }
  });

  it("are refused with another body than the one that was signed", () => {
    const { request } = command("POST", "/jobs/7/restart", '{"container":"web"}');
    expect(() => readNodeCommand({ request, body: '{"container":"db"}' })).to.throw("not the one that was signed");
    expect(() => readNodeCommand({ request, body: "" })).to.throw("not the one that was signed");
  });

  it("need the right to operate, or to read logs", () => {
    expect(rightFor(read("POST", "/jobs/7/stop"))).to.equal(JobRight.OPERATE);
    expect(rightFor(read("GET", "/jobs/7/logs"))).to.equal(JobRight.LOGS);
    expect(rightFor(read("GET", "/jobs/7/state"))).to.equal(JobRight.LOGS);
  });

  it("travel as they are, and what is no command is refused, whatever it is", () => {
    const sent = command("POST", "/jobs/7/stop", "{}");
    expect(decodeCommand(encodeCommand(sent))).to.deep.equal(sent);
    expect(() => encodeCommand({ ...sent, body: "x".repeat(5_000) })).to.throw(EncodingError);
    expect(() => decodeCommand(new Uint8Array(MAX_COMMAND_BYTES + 1))).to.throw("at most");
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(() => decodeCommand(new TextEncoder().encode(text))).to.throw(EncodingError);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => decodeCommand(bytes)).to.throw(EncodingError);
      }),
    );
  });

  it("are answered in pieces that travel as they are", () => {
    const pieces: CommandAnswer[] = [
      { index: 0, last: false, lines: [{ container: "web", at: 1, stream: "stderr", text: "ähm" }] },
      { index: 1, last: true, error: { code: "NOT_ALLOWED", message: "no" } },
      { index: 0, last: true, state: { state: "RUNNING", containers: [{ name: "a", state: "RUNNING", failures: 0 }] } },
    ];
    for (const piece of pieces) expect(decodeAnswer(encodeAnswer(piece))).to.deep.equal(piece);
    expect(() => decodeAnswer(new TextEncoder().encode('{"index":0}'))).to.throw(EncodingError);
  });
});
