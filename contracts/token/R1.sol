// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {IR1} from "../interfaces/IR1.sol";
import {Supply} from "../libraries/Supply.sol";

/// @title R1
/// @notice See `IR1`.
contract R1 is ERC20, ERC20Burnable, ERC20Permit, IR1 {
    /// @dev Both stay below the cap, far below 2^128. In one slot, so that a claim and a burn write one each.
    struct Totals {
        uint128 minted;
        uint128 burned;
    }

    /// @inheritdoc IR1
    uint256 public constant CAP = Supply.CAP;
    /// @inheritdoc IR1
    address public immutable MINTER;

    Totals private _totals;
    mapping(address account => uint256) private _balances;

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
        return _totals.minted;
    }

    /// @inheritdoc IR1
    function totalBurned() external view returns (uint256) {
        return _totals.burned;
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

    /// @notice Wei in circulation: minted and not burned.
    function totalSupply() public view override(ERC20, IERC20) returns (uint256) {
        Totals memory totals = _totals;
        return totals.minted - totals.burned;
    }

    function balanceOf(address account) public view override(ERC20, IERC20) returns (uint256) {
        return _balances[account];
    }

    /// @dev Replaces `ERC20._update`, which keeps the supply in a slot of its own that a claim would have to write too.
    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0)) _totals.minted += uint128(value);
        else _debit(from, value);
        if (to == address(0)) _totals.burned += uint128(value);
        else _balances[to] += value;
        emit Transfer(from, to, value);
    }

    function _debit(address from, uint256 value) private {
        uint256 balance = _balances[from];
        if (balance < value) revert ERC20InsufficientBalance(from, balance, value);
        // Checked in the line above.
        unchecked {
            _balances[from] = balance - value;
        }
    }
}
