/**
 * The mutator, on a toy contract
 *
 * mutants
 * ├── each operator makes the mistakes that it is named for, at the right bytes
 * ├── each mutant differs from the contract, and from every other one, and has a key of its own
 * └── keys say nothing about line numbers: text above changes none
 *
 * schema
 * ├── holds all mutants that can be switched, and compiles
 * └── groups hold mutants that are apart
 */
import { expect } from "chai";

import { allMutants } from "../../../scripts/mutation/campaign.js";
import { mutantsOf, mutate, type Mutant } from "../../../scripts/mutation/mutants.js";
import { compileContracts, parse } from "../../../scripts/mutation/compiler.js";
import { groupsOf, makeSchema, turnOn } from "../../../scripts/mutation/schema.js";
import { SourceTree } from "../../../scripts/mutation/sourceTree.js";
import { TOY, withToy } from "./toy.js";

const toyMutants = (): Promise<Mutant[]> => withToy((root) => allMutants(root, new SourceTree(root), []));

const changesBy = (mutants: readonly Mutant[], operator: string): string[] =>
  mutants
    .filter((mutant) => mutant.operator === operator)
    .map(({ original, replacement }) => `${original} -> ${replacement.trim()}`);

describe("Mutants of contracts", function () {
  this.timeout(60_000);

  it("are the mistakes that the operators are named for", async () => {
    const mutants = await toyMutants();
    const of = (operator: string): string[] => changesBy(mutants, operator);
    expect(of("boundary")).to.deep.equal(["> -> >="]);
    expect(of("relation")).to.deep.equal(["!= -> ==", "== -> !=", "> -> <="]);
    expect(of("arithmetic")).to.deep.equal(["- -> +", "* -> /", "+ -> -"]);
    expect(of("logic")).to.deep.equal([
      "state == State.Shut || amount > LIMIT - FEE -> state == State.Shut",
      "state == State.Shut || amount > LIMIT - FEE -> amount > LIMIT - FEE",
    ]);
    expect(of("guard")).to.deep.equal([
      "msg.sender != OWNER -> false",
      "state == State.Shut || amount > LIMIT - FEE -> false",
    ]);
    expect(of("assignment")).to.deep.equal(["+= -> -=", "+= -> ="]);
    expect(of("deletion")).to.deep.equal([
      "OWNER = owner; -> {}",
      "total += amount; -> {}",
      "emit Taken(amount, total); -> {}",
      "return a * 2 + 1; -> {}",
    ]);
    expect(of("modifier")).to.deep.equal(["onlyOwner -> "]);
    expect(of("arguments")).to.deep.equal(["msg.sender, OWNER -> OWNER, msg.sender", "amount, total -> total, amount"]);
    expect(of("constant")).to.deep.equal(["State.Shut -> State.Open", "LIMIT -> FEE", "FEE -> LIMIT"]);
    expect(of("sender")).to.deep.equal(["msg.sender -> tx.origin", "msg.sender -> tx.origin"]);
    expect(of("literal")).to.deep.equal([
      ...["10 -> (10 + 1)", "10 -> (10 - 1)", "2 -> (2 + 1)", "2 -> (2 - 1)", '"no" -> "mutant"'],
      ...["2 -> (2 + 1)", "2 -> (2 - 1)", "1 -> (1 + 1)", "1 -> (1 - 1)"],
    ]);
  });

  it("differ from the contract and from each other", async () => {
    const mutants = await toyMutants();
    const texts = mutants.map((mutant) => mutate(TOY, mutant));
    expect(new Set([TOY, ...texts]).size).to.equal(mutants.length + 1);
    expect(new Set(mutants.map(({ key }) => key)).size).to.equal(mutants.length);
    const fee = mutants.find(({ key }) => key.endsWith("| LIMIT -> FEE"));
    expect(fee?.line).to.equal(28);
    expect(mutate(TOY, fee!)).to.equal(TOY.replace("amount > LIMIT", "amount > FEE"));
  });

  it("keep their keys when lines move", async () => {
    const keysOf = (text: string): Promise<string[]> =>
      withToy((root) => {
        const tree = new SourceTree(root, [["contracts/Toy.sol", text]]);
        const unit = parse(tree, ["contracts/Toy.sol"]).get("contracts/Toy.sol")!;
        return mutantsOf("contracts/Toy.sol", text, unit, new Map()).map(({ key }) => key);
      });
    expect(await keysOf(TOY.replace("contract Toy", "// More.\n\ncontract Toy"))).to.deep.equal(await keysOf(TOY));
  });

  it("stand in one text together, off until they are turned on", async () => {
    const mutants = await toyMutants();
    const schema = makeSchema(TOY, mutants);
    const left = mutants.filter((mutant) => !schema.mutants.includes(mutant));
    expect(left.map(({ operator }) => operator)).to.deep.equal(["modifier"]);
    const codes = await withToy((root) => {
      const changed = new Map([["contracts/Toy.sol", schema.text]]);
      const compiled = compileContracts(new SourceTree(root), ["contracts/Toy.sol"], changed);
      const on = schema.mutants.map((_, position) => turnOn(compiled, position));
      return [compiled, ...on].map(([toy]) => toy!.contract.bytecode);
    });
    expect(new Set(codes).size).to.equal(schema.mutants.length + 1);
  });

  it("are on together only where they are apart", async () => {
    const framed = makeSchema(TOY, await toyMutants()).mutants;
    const groups = groupsOf(framed);
    expect(groups.flat()).to.have.members([...framed]);
    for (const group of groups) {
      const ordered = group.map(({ frame }) => frame!).sort((a, b) => a.start - b.start);
      ordered.slice(1).forEach((frame, index) => expect(frame.start).to.be.at.least(ordered[index]!.end));
    }
  });
});
