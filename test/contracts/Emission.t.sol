// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Emission} from "../../contracts/libraries/Emission.sol";
import {Supply} from "../../contracts/libraries/Supply.sol";
import {TestBase} from "../helpers/TestBase.sol";

// Emission, alone
// ├── the shares of the supply add up to the cap, rounded down
// └── given any allocation and duration, both curves
//     ├── start at zero, never fall as availability grows, never pass the allocation
//     ├── reach the allocation to the wei at full credit, and stay there
//     ├── linear: within one wei of the fraction
//     └── logistic: slow first, steepest at the inflection, point-symmetric slopes around it
contract EmissionTest is TestBase {
    uint256 private constant MOST = Supply.CAP;

    Emission.Logistic private curve;

    function setUp() public {
        curve = Emission.logisticConstants();
    }

    function test_TheSharesOfTheSupplyAddUp() public pure {
        uint256 nodeDeeds = Supply.NODE_DEED_ALLOCATION * 46_224;
        uint256 all = nodeDeeds + Supply.MASTER_ALLOCATION + Supply.GENESIS_ALLOCATION;
        vm.assertLe(all, Supply.CAP, "within the cap");
        vm.assertGt(all + 46_224, Supply.CAP, "less than a wei a deed is lost");
        vm.assertEq(Supply.CAP, 161_803_398 ether, "cap");
        vm.assertEq(Supply.MASTER_DEED_MAX_ALLOCATION, 3_236_067.96 ether, "2 %");
    }

    function testFuzz_MustHold5_CurvesNeverFall(uint256 a, uint256 d, uint256 less, uint256 more) public view {
        (a, d) = (_between(a, 0, MOST), _between(d, 1, 10_000));
        more = _between(more, 0, 255 * d + 1000);
        less = _between(less, 0, more);
        vm.assertLe(Emission.linear(a, d, less), Emission.linear(a, d, more), "linear");
        vm.assertLe(Emission.logistic(curve, a, d, less), Emission.logistic(curve, a, d, more), "logistic");
    }

    function testFuzz_MustHold5_CurvesNeverFallByOneByte(uint256 a, uint256 cumulative) public view {
        a = _between(a, 0, Supply.MASTER_DEED_MAX_ALLOCATION);
        cumulative = _between(cumulative, 0, 255 * 677);
        vm.assertLe(
            Emission.logistic(curve, a, 677, cumulative),
            Emission.logistic(curve, a, 677, cumulative + 1),
            "logistic"
        );
        vm.assertLe(Emission.linear(a, 1080, cumulative), Emission.linear(a, 1080, cumulative + 1), "linear");
    }

    function testFuzz_MustHold2_FullCreditMintsTheAllocationToTheWei(uint256 a, uint256 d, uint256 over) public view {
        (a, d) = (_between(a, 0, MOST), _between(d, 1, 10_000));
        over = _between(over, 0, type(uint128).max);
        vm.assertEq(Emission.linear(a, d, 255 * d + over), a, "linear");
        vm.assertEq(Emission.logistic(curve, a, d, 255 * d + over), a, "logistic");
    }

    function testFuzz_MustHold2_NeverMoreThanTheAllocation(uint256 a, uint256 d, uint256 c) public view {
        (a, d) = (_between(a, 0, MOST), _between(d, 1, 10_000));
        c = _between(c, 0, 255 * d);
        vm.assertLe(Emission.linear(a, d, c), a, "linear");
        vm.assertLe(Emission.logistic(curve, a, d, c), a, "logistic");
        vm.assertEq(Emission.linear(a, d, 0) + Emission.logistic(curve, a, d, 0), 0, "nothing at zero");
    }

    function testFuzz_MustHold5_LinearIsTheFractionRoundedDown(uint256 a, uint256 d, uint256 c) public pure {
        (a, d) = (_between(a, 0, MOST), _between(d, 1, 10_000));
        c = _between(c, 0, 255 * d);
        uint256 minted = Emission.linear(a, d, c);
        vm.assertLe(minted * 255 * d, a * c, "not above");
        vm.assertGt((minted + 1) * 255 * d, a * c, "and less than a wei below");
    }

    /// @dev σ is point-symmetric, so equal distances from the inflection mint equal amounts on both sides of it.
    function testFuzz_MustHold5_LogisticIsSymmetricAboutItsInflection(uint256 distance) public view {
        // A duration of 677 × 255 bytes puts the inflection at 437 × 255.
        distance = _between(distance, 1, 240 * 255);
        uint256 a = Supply.MASTER_DEED_MAX_ALLOCATION;
        uint256 middle = Emission.logistic(curve, a, 677, 437 * 255);
        uint256 before = middle - Emission.logistic(curve, a, 677, 437 * 255 - distance);
        uint256 behind = Emission.logistic(curve, a, 677, 437 * 255 + distance) - middle;
        uint256 gap = before > behind ? before - behind : behind - before;
        vm.assertLe(gap, a / 1e15, "symmetric");
    }

    function test_MustHold5_LogisticStartsSlowly() public view {
        uint256 a = 1e24;
        uint256 third = Emission.logistic(curve, a, 677, (255 * 677) / 3);
        vm.assertLe(third, a / 20, "a third of the time mints less than a twentieth");
    }
}
