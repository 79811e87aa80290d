// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Emission} from "../contracts/libraries/Emission.sol";
import {Supply} from "../contracts/libraries/Supply.sol";

/// @notice The linear curve never passes the allocation, starts at zero, ends at the allocation, and cannot overflow.
contract LinearIsBounded {
    function check(uint256 allocation, uint256 duration, uint256 cumulative) external pure {
        require(allocation <= Supply.CAP && duration != 0 && duration <= type(uint64).max);
        uint256 minted = Emission.linear(allocation, duration, cumulative);
        assert(minted <= allocation);
        if (cumulative == 0) assert(minted == 0);
        if (cumulative >= 255 * duration) assert(minted == allocation);
    }
}

/// @notice The linear curve never falls as availability grows.
contract LinearNeverFalls {
    function check(uint256 allocation, uint256 duration, uint256 less, uint256 more) external pure {
        require(allocation <= Supply.CAP && duration != 0 && duration <= type(uint64).max && less <= more);
        assert(Emission.linear(allocation, duration, less) <= Emission.linear(allocation, duration, more));
    }
}

/// @notice Below full credit the logistic curve starts at zero, never passes the allocation, and cannot overflow.
contract LogisticIsBounded {
    function check(
        Emission.Logistic memory curve,
        uint256 allocation,
        uint256 duration,
        uint256 cumulative
    ) external pure {
        require(allocation <= Supply.CAP && duration != 0 && duration <= type(uint64).max);
        require(curve.offset <= 22_027e18 && curve.scale <= 2e18 && cumulative < 255 * duration);
        assert((10 * cumulative * 1e18) / (255 * duration) <= 10e18);
        uint256 minted = Emission.logistic(curve, allocation, duration, cumulative);
        assert(minted <= allocation);
        if (cumulative == 0) assert(minted == 0);
    }
}

/// @notice The shares of all classes of deeds together do not pass the cap.
contract SharesStayBelowTheCap {
    function check() external pure {
        uint256 nodeDeeds = Supply.NODE_DEED_ALLOCATION * Supply.NODE_DEEDS;
        uint256 all = nodeDeeds + Supply.MASTER_ALLOCATION + Supply.GENESIS_ALLOCATION;
        assert(all <= Supply.CAP);
        assert(Supply.CAP - all < Supply.NODE_DEEDS);
        assert(Supply.CAP == 161_803_398e18);
    }
}
