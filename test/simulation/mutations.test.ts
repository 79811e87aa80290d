import { readFileSync } from "node:fs";

import { expect } from "chai";

import { MUTATIONS } from "../../sim/mutations.js";

/** `npm run sim -- --without <guard>` takes guards away; sim/README.md tells which seeds notice. */
describe("mutations of the simulation", () => {
  for (const [name, { edits }] of Object.entries(MUTATIONS)) {
    it(`finds the guard "${name}" in the code`, () => {
      for (const { file, find } of edits) {
        expect(readFileSync(file, "utf8").split(find), `${file}: ${find}`).to.have.length(2);
      }
    });
  }
});
