// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Emission} from "../../contracts/libraries/Emission.sol";
import {OracleSet} from "../../contracts/libraries/OracleSet.sol";
import {SaleTiers} from "../../contracts/libraries/SaleTiers.sol";
import {Supply} from "../../contracts/libraries/Supply.sol";
import {TestBase} from "../helpers/TestBase.sol";

// What the proofs in formal/ take for granted, or leave out, tried for every value that can occur
// ├── the exponential of every exponent of the logistic curve lies within its bounds and never falls
// ├── the curve's two constants lie within theirs
// ├── deeds: each costs its tier's price, none less than the one before, 46,224 of them, and then no more
// └── sets of oracles, all 64 over six accounts and all pairs of them: ascending whatever the order of joining, and
//     taking out, finding, selecting and splitting give what sets give
contract ExhaustiveTest is TestBase {
    using OracleSet for bytes;

    uint256 private constant ACCOUNTS = 6;
    uint256 private constant FULL_CREDIT = 255 * 677;

    function test_ExponentialsStayInBoundsAndNeverFall() public pure {
        uint256 before = 1e18;
        for (uint256 cumulative = 0; cumulative <= FULL_CREDIT; ++cumulative) {
            uint256 exponent = (10 * cumulative * 1e18) / FULL_CREDIT;
            uint256 power = uint256(FixedPointMathLib.expWad(int256(exponent)));
            if (power < before || power > 22_027e18) vm.assertTrue(false, "falls, or leaves its bounds");
            before = power;
        }
        vm.assertEq(uint256(FixedPointMathLib.expWad(0)), 1e18, "e^0");
        vm.assertGt(before, 22_026e18, "e^10");
    }

    function test_ConstantsOfTheCurveLieWithinTheirBounds() public pure {
        Emission.Logistic memory curve = Emission.logisticConstants();
        vm.assertTrue(curve.offset >= 1e18 && curve.offset <= 22_027e18, "offset");
        vm.assertTrue(curve.scale >= 1e18 && curve.scale <= 2e18, "scale");
    }

    function test_EveryDeedCostsItsTiersPrice() public {
        uint256 sold = 0;
        for (uint256 index = 0; index < SaleTiers.COUNT; ++index) {
            (uint256 price, uint256 units) = SaleTiers.tier(index);
            for (uint256 end = sold + units; sold < end; ++sold) {
                if (SaleTiers.cost(sold, 1) != price) vm.assertEq(sold, type(uint256).max, "another price");
            }
            if (index != 0) {
                (uint256 cheaper, ) = SaleTiers.tier(index - 1);
                vm.assertGt(price, cheaper, "dearer than the tier before");
            }
        }
        vm.assertEq(sold, Supply.NODE_DEEDS, "deeds in all");
        vm.expectRevert(abi.encodeWithSelector(SaleTiers.SaleTiers_SoldOut.selector, 1, 0));
        this.costOf(sold, 1);
    }

    function test_ManyDeedsCostAsMuchAsEachAlone() public pure {
        uint256 sum = 0;
        for (uint256 count = 1; count <= Supply.NODE_DEEDS; ++count) {
            sum += SaleTiers.cost(count - 1, 1);
            if (SaleTiers.cost(0, count) != sum) vm.assertEq(count, 0, "another sum");
        }
        vm.assertGt(sum, 0, "dollars in all");
    }

    function test_SetsAreAscendingWhateverTheOrder() public pure {
        for (uint256 members = 0; members < 1 << ACCOUNTS; ++members) {
            bytes memory rising;
            bytes memory falling;
            for (uint256 i = 0; i < ACCOUNTS; ++i) {
                if (_has(members, i)) rising = rising.insert(_account(i));
                if (_has(members, ACCOUNTS - 1 - i)) falling = falling.insert(_account(ACCOUNTS - 1 - i));
            }
            vm.assertEq(keccak256(rising), keccak256(_set(members)), "rising");
            vm.assertEq(keccak256(falling), keccak256(_set(members)), "falling");
        }
    }

    function test_SetsFindAndLoseTheirMembers() public pure {
        for (uint256 members = 0; members < 1 << ACCOUNTS; ++members) {
            bytes memory set = _set(members);
            uint256 position = 0;
            for (uint256 i = 0; i < ACCOUNTS; ++i) {
                vm.assertEq(set.find(_account(i), 0), _has(members, i) ? position : set.size(), "found");
                bytes memory rest = _set(members & ~(1 << i));
                vm.assertEq(keccak256(set.remove(_account(i))), keccak256(rest), "removed");
                if (_has(members, i)) vm.assertEq(set.at(position++), _account(i), "in its place");
            }
            vm.assertEq(set.size(), position, "no more");
            vm.assertEq(set.toArray().length, position, "as an array");
        }
    }

    function test_SetsSplitAndSelect() public pure {
        bytes memory all = _set((1 << ACCOUNTS) - 1);
        for (uint256 members = 0; members < 1 << ACCOUNTS; ++members) {
            vm.assertEq(keccak256(all.select(members)), keccak256(_set(members)), "selected");
            for (uint256 others = 0; others < 1 << ACCOUNTS; ++others) {
                (bytes memory common, bytes memory rest) = _set(members).split(_set(others));
                vm.assertEq(keccak256(common), keccak256(_set(members & others)), "common");
                vm.assertEq(keccak256(rest), keccak256(_set(members & ~others)), "rest");
            }
        }
    }

    function _has(uint256 members, uint256 index) private pure returns (bool) {
        return (members >> index) & 1 == 1;
    }

    /// @dev Far apart and ascending, with the highest bit of an address set in the last.
    function _account(uint256 index) private pure returns (address) {
        return address(uint160((index + 1) * (type(uint160).max / ACCOUNTS)));
    }

    function _set(uint256 members) private pure returns (bytes memory set) {
        for (uint256 i = 0; i < ACCOUNTS; ++i) if (_has(members, i)) set = bytes.concat(set, bytes20(_account(i)));
    }

    function costOf(uint256 sold, uint256 count) external pure returns (uint256) {
        return SaleTiers.cost(sold, count);
    }
}
