// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ServicePay} from "../contracts/libraries/ServicePay.sol";

/// @notice What service earns is split to the wei, nobody gets more than 85 %, and no more is split than `rate × epochs`.
contract PayIsSplitWhole {
    function check(uint256 rate, uint256 served, uint256 epochs) external pure {
        require(rate <= type(uint80).max && epochs <= 3_650 && served <= 255 * epochs);
        ServicePay.Parts memory parts = ServicePay.split(rate, served, epochs);
        uint256 gross = (rate * served) / 255;
        assert(parts.paid + parts.burned + parts.penalty == gross);
        assert(gross <= rate * epochs);
        assert(parts.paid * 100 <= (parts.paid + parts.burned) * 85);
        if (served == 0) assert(gross == 0);
        if (served == 255 * epochs) assert(parts.penalty == 0 && gross == rate * epochs);
    }
}
