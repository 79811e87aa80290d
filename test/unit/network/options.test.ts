import { expect } from "chai";
import { CommanderError } from "commander";

import { parseOptions } from "../../../scripts/network/options.js";

function parse(...argv: string[]) {
  const written: string[] = [];
  const writer = { write: (text: string) => written.push(text) };
  try {
    return { options: parseOptions(argv, { output: writer, errors: writer }), written: written.join("") };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode, written: written.join("") };
  }
}

describe("the options of npm start", () => {
  it("runs for ever on the usual ports unless told otherwise", () => {
    expect(parse().options).to.deep.equal({
      epochs: undefined,
      exit: false,
      report: undefined,
      nodes: 6,
      epochSeconds: 48,
      port: 8545,
      dataDir: undefined,
      logs: false,
    });
  });

  it("takes what the issue names", () => {
    const { options } = parse("--epochs", "3", "--exit", "--report", "report.json");
    expect(options).to.include({ epochs: 3, exit: true, report: "report.json" });
  });

  it("takes a folder, a pace and a number of nodes", () => {
    const { options } = parse("--data", "here", "--epoch-seconds", "30", "--nodes", "12", "--port", "0", "--logs");
    expect(options).to.include({ dataDir: "here", epochSeconds: 30, nodes: 12, port: 0, logs: true });
  });

  const refused: [string, string[], RegExp][] = [
    ["an end without a number of epochs", ["--exit"], /--exit needs --epochs/u],
    ["a report without a number of epochs", ["--report", "r.json"], /--report needs --epochs/u],
    ["no epochs", ["--epochs", "0"], /whole number from 1 to 1000/u],
    ["half an epoch", ["--epochs", "1.5"], /whole number/u],
    ["fewer nodes than the story needs", ["--nodes", "5"], /from 6 to 12/u],
    ["epochs that are no whole number of slots", ["--epoch-seconds", "25"], /multiple of 2/u],
    ["a port that leaves no room for the others", ["--port", "65535"], /from 0 to 65529/u],
    ["an option that does not exist", ["--epoch", "3"], /unknown option '--epoch'/u],
  ];
  for (const [what, argv, message] of refused) {
    it(`refuses ${what}, and says so`, () => {
      const { options, exitCode, written } = parse(...argv);
      expect(options).to.equal(undefined);
      expect(exitCode).to.be.greaterThan(0);
      expect(written).to.match(message);
    });
  }

  it("explains itself with status 0", () => {
    const { exitCode, written } = parse("--help");
    expect(exitCode).to.equal(0);
    for (const name of ["--epochs", "--exit", "--report", "--port", "Ctrl-C"]) expect(written).to.include(name);
  });
});
