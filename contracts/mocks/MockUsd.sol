// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title MockUsd
/// @notice A dollar token for development networks and tests: anybody mints as much as they like.
contract MockUsd is ERC20 {
    constructor() ERC20("Mock US Dollar", "mUSD") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
