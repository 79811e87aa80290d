// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PoolFixture} from "../helpers/PoolFixture.sol";

// Found elsewhere: the price of a pool at one moment was taken for the price of R1, and anybody with a loan can set that.
// └── a spot price that is pushed hundredfold does not move the feed in its block, hardly a block later, and wholly after a window
contract PoolPricesAreMeansTest is PoolFixture {
    function testFuzz_ASpotPriceDoesNotMoveIt(bool tokenFirst, bool up) public {
        _open(tokenFirst, ONE_DOLLAR_TICK, 1e18);
        vm.warp(_now() + WINDOW);
        (, int256 before, , , ) = feed.latestRoundData();
        _push(ONE_DOLLAR_TICK + (up ? int24(46_000) : -46_000));
        (, int256 afterwards, , , ) = feed.latestRoundData();
        vm.assertEq(uint256(afterwards), uint256(before), "not in the same block");
        vm.warp(_now() + 12);
        (, int256 soon, , , ) = feed.latestRoundData();
        uint256 ratio = (uint256(soon) * 10_000) / uint256(before);
        vm.assertTrue(
            ratio > 9600 && ratio < 10_400,
            "and hardly a block later, though the spot price moved hundredfold"
        );
        vm.warp(_now() + WINDOW);
        (, int256 late, , , ) = feed.latestRoundData();
        vm.assertTrue(up ? late > 90 * before : before > 90 * late, "but once it held for the window");
    }
}
