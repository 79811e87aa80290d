import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A purse that opens for its owner, with most of the mistakes that can be made in it. */
export const TOY = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

contract Toy {
    error Toy_NotOwner(address caller, address owner);
    error Toy_Refused(string why);
    event Taken(uint256 amount, uint256 left);

    enum State { Open, Shut }

    uint256 public constant LIMIT = 10;
    uint256 public constant FEE = 2;
    address public immutable OWNER;
    State public state;
    uint256 public total;

    modifier onlyOwner() {
        if (msg.sender != OWNER) revert Toy_NotOwner(msg.sender, OWNER);
        _;
    }

    constructor(address owner) {
        OWNER = owner;
    }

    /// Größer: what follows is counted in bytes, not in letters.
    function take(uint256 amount) external onlyOwner {
        if (state == State.Shut || amount > LIMIT - FEE) revert Toy_Refused("no");
        total += amount;
        emit Taken(amount, total);
    }

    function unseen(uint256 a) external pure returns (uint256) {
        return a * 2 + 1;
    }
}
`;

/** Sees everything about \`take\`, and nothing of \`unseen\`. */
export const TOY_TEST = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Toy} from "../../contracts/Toy.sol";

interface Vm {
    function prank(address sender) external;
    function expectRevert(bytes calldata reason) external;
    function expectEmit(address emitter) external;
}

contract ToyTest {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Toy internal toy = new Toy(address(7));

    function test_takesUpToTheLimitLessTheFee() public {
        require(toy.OWNER() == address(7) && toy.LIMIT() == 10 && toy.FEE() == 2, "as made");
        vm.prank(address(7));
        vm.expectRevert(abi.encodeWithSelector(Toy.Toy_Refused.selector, "no"));
        toy.take(9);
        vm.prank(address(7));
        toy.take(8);
        vm.prank(address(7));
        vm.expectEmit(address(toy));
        emit Toy.Taken(3, 11);
        toy.take(3);
        require(toy.total() == 11, "both");
    }

    function test_servesItsOwnerOnly() public {
        vm.expectRevert(abi.encodeWithSelector(Toy.Toy_NotOwner.selector, address(this), address(7)));
        toy.take(1);
    }
}
`;

/** Lays out a project with this contract and its test in a folder of its own, and removes it afterwards. */
export async function withToy<T>(work: (root: string) => Promise<T> | T): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "r1-mutation-"));
  try {
    for (const folder of ["contracts", "test/contracts", "vectors"]) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, "contracts/Toy.sol"), TOY);
    writeFileSync(join(root, "test/contracts/Toy.t.sol"), TOY_TEST);
    symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(root, "node_modules"));
    return await work(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}
