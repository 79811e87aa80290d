// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DeedId} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// Found elsewhere: a Master deed's claim of 900 epochs costs 21 M gas and cannot be split.
// ├── given 1 or 677 epochs to claim: the same gas
// └── given any way of splitting them: the same R1
contract MasterDeedsClaimLikeOthersTest is ProtocolFixture {
    uint256 private constant ALLOCATION = 1_000_000 ether;

    DeedId private deed;

    function setUp() public override {
        super.setUp();
        _addOracles(3);
        address owner = _operator("master", 0);
        deed = _issueMaster(owner, ALLOCATION);
        _associate(deed, _key("master node", 0));
    }

    function testFuzz_AClaimCostsTheSameHoweverManyEpochsWentBy(uint256 epochs) public {
        epochs = _between(epochs, 2, 676);
        _earn(MASTER_START, deed, 1);
        uint256 short = _gasOfClaim(MASTER_START + 1, 2);
        uint256 long = _gasOfClaim(MASTER_START + 1 + uint64(epochs), 2 + 255 * epochs);
        // The exponential takes a few steps more or less.
        vm.assertLe(long, short + 3_000, "the same gas");
        vm.assertLe(long, 100_000, "and little");
    }

    function testFuzz_ItCanBeSplit(uint256 middle) public {
        middle = _between(middle, 1, 255 * 677 - 1);
        uint256 paid = _earn(MASTER_START + 676, deed, middle);
        paid += _earn(MASTER_START + 677, deed, 255 * 677);
        vm.assertEq(paid, ALLOCATION, "the whole allocation");
    }

    function _gasOfClaim(uint64 epoch, uint256 cumulative) private returns (uint256) {
        _commitLeaf(epoch, deed, cumulative);
        uint256 before = gasleft();
        rewards.claim(deed, epoch, cumulative, _noProof());
        return before - gasleft();
    }
}
