// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title IR1
/// @notice The utility token. Nothing is pre-mined; only the rewards contract mints, and never more than `CAP` in all.
interface IR1 is IERC20, IERC20Permit {
    error R1_NotMinter(address caller);
    /// @notice Minting `amount` would bring everything ever minted above the cap. All values in wei.
    error R1_CapExceeded(uint256 minted, uint256 amount, uint256 cap);
    error R1_ZeroMinter();

    /// @notice 161,803,398 R1 in wei: the most that is ever minted, burned tokens included.
    function CAP() external view returns (uint256);

    /// @notice The only account that may mint; fixed at deployment.
    function MINTER() external view returns (address);

    /// @notice Wei minted since deployment. Burning does not lower it, so burned tokens never come back.
    function totalMinted() external view returns (uint256);

    /// @notice Wei burned since deployment.
    function totalBurned() external view returns (uint256);

    /// @notice Mints `amount` wei to `to`. Only the minter.
    function mint(address to, uint256 amount) external;

    /// @notice Burns `value` wei of the caller's tokens.
    function burn(uint256 value) external;

    /// @notice Burns `value` wei of `account`'s tokens out of the caller's allowance.
    function burnFrom(address account, uint256 value) external;
}
