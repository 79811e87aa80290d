// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

import {IR1} from "../interfaces/IR1.sol";
import {Supply} from "../libraries/Supply.sol";

/// @title R1
/// @notice See `IR1`.
contract R1 is ERC20, ERC20Burnable, ERC20Permit, IR1 {
    /// @inheritdoc IR1
    uint256 public constant CAP = Supply.CAP;
    /// @inheritdoc IR1
    address public immutable MINTER;

    /// @dev Counted instead of what was minted: a claim then writes one slot less, and reads this one.
    uint256 private _totalBurned;

    constructor(address minter) ERC20("R1", "R1") ERC20Permit("R1") {
        if (minter == address(0)) revert R1_ZeroMinter();
        MINTER = minter;
    }

    /// @inheritdoc IR1
    function mint(address to, uint256 amount) external {
        if (msg.sender != MINTER) revert R1_NotMinter(msg.sender);
        uint256 minted = totalMinted();
        if (amount > CAP - minted) revert R1_CapExceeded(minted, amount, CAP);
        _mint(to, amount);
    }

    /// @inheritdoc IR1
    function totalMinted() public view returns (uint256) {
        return totalSupply() + _totalBurned;
    }

    /// @inheritdoc IR1
    function totalBurned() external view returns (uint256) {
        return _totalBurned;
    }

    /// @inheritdoc IR1
    function burn(uint256 value) public override(ERC20Burnable, IR1) {
        super.burn(value);
    }

    /// @inheritdoc IR1
    function burnFrom(address account, uint256 value) public override(ERC20Burnable, IR1) {
        super.burnFrom(account, value);
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(ERC20Permit, IERC20Permit) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (to == address(0)) _totalBurned += value;
    }
}
