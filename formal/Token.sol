// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// @custom:only-assertions: the checker also tries each function alone, with numbers that the token never has. Arithmetic that
// fails reverts, so what is asserted holds whenever a call goes through.

/// @notice What R1 keeps, without the parts of it that lead to allowances only.
abstract contract Books {
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
    event Transfer(address indexed from, address indexed to, uint256 value);

    uint256 internal constant CAP = 161_803_398e18;
    address internal MINTER;

    // from contracts/token/R1.sol: Totals, _totals, _balances, mint, totalMinted, _update, _debit

    function _mint(address to, uint256 amount) internal {
        require(to != address(0));
        _update(address(0), to, amount);
    }
}

/// @notice What was ever minted does not pass the cap, nobody but the minter mints, and a mint adds exactly its amount.
contract MintingKeepsTheCap is Books {
    function check(address to, uint256 amount) external {
        uint256 before = totalMinted();
        require(before <= CAP);
        mint(to, amount);
        assert(msg.sender == MINTER);
        assert(totalMinted() <= CAP);
        assert(totalMinted() == before + amount);
    }
}

/// @notice A transfer, mint or burn changes the balances of its two sides by as much as it mints less what it burns, and nobody else's.
contract MovesConserve is Books {
    function check(address from, address to, address other, uint256 value) external {
        require(from != to && other != from && other != to && other != address(0));
        (uint256 giver, uint256 taker, uint256 third) = (_balances[from], _balances[to], _balances[other]);
        (uint256 minted, uint256 burned) = (_totals.minted, _totals.burned);
        // What holds before: all balances are part of what circulates, and the zero address has none.
        require(minted <= CAP && burned <= minted && giver + taker <= minted - burned && _balances[address(0)] == 0);
        // Of more than the cap nobody has enough, and `mint` refuses it.
        require(value <= CAP && (from != address(0) || value <= CAP - minted));
        _update(from, to, value);
        assert(from == address(0) || value <= giver);
        assert(_balances[other] == third && _balances[address(0)] == 0);
        assert(from == address(0) || _balances[from] == giver - value);
        assert(to == address(0) || _balances[to] == taker + value);
        assert(_totals.minted == (from == address(0) ? minted + value : minted));
        assert(_totals.burned == (to == address(0) ? burned + value : burned));
    }
}
