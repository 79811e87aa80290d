// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MockV3Aggregator} from "@chainlink/contracts/src/v0.8/shared/mocks/MockV3Aggregator.sol";

import {OracleSet} from "../../contracts/libraries/OracleSet.sol";
import {PriceFeed} from "../../contracts/libraries/PriceFeed.sol";
import {SaleTiers} from "../../contracts/libraries/SaleTiers.sol";
import {Seat, SeatLib} from "../../contracts/types/Seat.sol";
import {TestBase} from "../helpers/TestBase.sol";

// Libraries at their edges
// ├── oracle set: a bit behind the last member selects nobody
// ├── feed: an answer of one is a price, of zero is none; an answer from the future is refused on a young chain too
// ├── tiers: twelve, and nothing behind them; each deed costs its own tier's price
// └── seats: four to a word, with all their bits; what is gone is cleared
contract LibraryEdgesTest is TestBase {
    using OracleSet for bytes;

    mapping(uint256 index => uint256) private _words;

    /// @dev Not of an empty set: a mistake that loops there fills the memory of who runs the mutants.
    function test_ABitBehindTheLastMemberSelectsNobody() public pure {
        bytes memory set = "";
        for (uint256 size = 1; size <= 64; ++size) {
            set = set.insert(address(uint160(size)));
            vm.assertEq(set.select(1 << size).length, 0, "nobody");
            vm.assertEq(keccak256(set.select(type(uint256).max)), keccak256(set), "everybody");
        }
    }

    function test_AnAnswerOfOneIsAPrice() public {
        vm.warp(1 days);
        MockV3Aggregator feed = new MockV3Aggregator(8, 1);
        vm.assertEq(this.read(feed, 1, 1), 1, "the least there is");
        feed.updateAnswer(0);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.PriceFeed_NotPositive.selector, feed, 0));
        this.read(feed, 1, 1);
    }

    function test_AnAnswerFromTheFutureIsRefusedOnAYoungChain() public {
        vm.warp(100);
        MockV3Aggregator feed = new MockV3Aggregator(8, 1);
        feed.updateRoundData(1, 5, 101, 101);
        vm.expectRevert(abi.encodeWithSelector(PriceFeed.PriceFeed_Stale.selector, feed, 101, 0));
        this.read(feed, 1, 9);
    }

    function test_TwelveTiersAndNothingBehind() public pure {
        vm.assertEq(SaleTiers.COUNT, 12, "twelve");
        (uint256 price, uint256 units) = SaleTiers.tier(SaleTiers.COUNT);
        vm.assertEq(price + units, 0, "nothing behind");
    }

    function test_EachDeedAtItsOwnTiersPrice() public pure {
        vm.assertEq(SaleTiers.cost(88, 1 + 144 + 1), 500 + 144 * 750 + 1_000, "a tier's last, a whole tier, a first");
        vm.assertEq(SaleTiers.cost(89, 144), 144 * 750, "a whole tier");
        vm.assertEq(SaleTiers.cost(88, 100), 500 + 99 * 750, "and part of one");
    }

    function test_SeatsComeBackAsTheyWereStored() public {
        Seat[] memory seats = new Seat[](9);
        for (uint16 i = 0; i < 9; ++i) {
            seats[i] = SeatLib.encode(type(uint16).max - i, type(uint16).max - 2 * i, type(uint32).max - 1 - 2 * i);
        }
        SeatLib.store(_words, seats, 9);
        Seat[] memory loaded = SeatLib.load(_words, 9, 2);
        vm.assertEq(loaded.length, 11, "and room for two more");
        for (uint16 i = 0; i < 9; ++i) {
            vm.assertEq(loaded[i].tokenId(), type(uint16).max - i, "deed");
            vm.assertEq(loaded[i].from(), type(uint16).max - 2 * i, "from");
            vm.assertEq(loaded[i].settled(), type(uint32).max - 1 - 2 * i, "settled");
        }
    }

    function test_SeatsThatAreGoneAreCleared() public {
        Seat[] memory seats = new Seat[](8);
        for (uint256 i = 0; i < 8; ++i) seats[i] = SeatLib.encode(7, 7, 7);
        SeatLib.store(_words, seats, 8);
        vm.assertTrue(_words[0] != 0 && _words[1] == _words[0], "two words of the same");
        for (uint256 i = 4; i < 8; ++i) seats[i] = Seat.wrap(0);
        SeatLib.store(_words, seats, 8);
        vm.assertEq(_words[1], 0, "the second is empty");
        vm.assertTrue(_words[0] != 0, "the first is not");
    }

    /// @dev External, so that its refusal can be expected.
    function read(MockV3Aggregator feed, uint256 least, uint256 most) external view returns (uint256) {
        return PriceFeed.read(feed, 1 hours, least, most);
    }
}
