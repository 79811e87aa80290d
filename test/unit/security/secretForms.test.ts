import { expect } from "chai";
import { inspect } from "node:util";
import { secretsIn } from "../../helpers/secretForms.js";

describe("the search for secrets", () => {
  const key = `0x${"5c0ffee1".repeat(8)}`;
  const password = 'c0rrect "horse" / ümlaut';
  const bytes = Buffer.from(key.slice(2), "hex");
  const secrets = { key, password };

  it("finds a key in whatever way it is written down", () => {
    const ways = [
      ...[key, key.slice(2), key.slice(2).toUpperCase(), bytes.toString("base64"), bytes.toString("base64url")],
      ...[JSON.stringify([...bytes]), inspect(bytes, { maxArrayLength: 100 }), Buffer.from(key).toString("base64")],
    ];
    for (const text of ways) expect(secretsIn(`a line with ${text} in it`, secrets), text).to.deep.equal(["key"]);
  });

  it("finds a password in whatever way it is written down", () => {
    const utf8 = Buffer.from(password);
    const ways = [password, JSON.stringify({ password }), encodeURIComponent(password), utf8.toString("hex")];
    ways.push(utf8.toString("base64"), utf8.toString("latin1"));
    for (const text of ways) expect(secretsIn(text, secrets), text).to.deep.equal(["password"]);
  });

  it("finds nothing else", () => {
    expect(secretsIn(`0x${"5c0ffee2".repeat(8)} correct horse`, secrets)).to.deep.equal([]);
  });
});
