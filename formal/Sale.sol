// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

interface IRecorder {
    function safeTransferFrom(address from, address to, uint256 value) external view;
    function burnFrom(address from, uint256 value) external view;
}

/// @notice The three parts of a payment for deeds are 50, 20 and the other 30 %, and can always be taken apart.
/// @custom:only-assertions
contract PaymentIsSplitWhole {
    IRecorder private TOKEN;
    address private LIQUIDITY_WALLET;
    address private OPERATIONS_WALLET;

    // from contracts/deeds/NodeDeedSale.sol: _LIQUIDITY_PERCENT, _BURNED_PERCENT, _collect

    function check(uint256 payment) external {
        require(payment <= 161_803_398e18);
        // Before the call, which would revert where the parts are more than the whole.
        assert((payment * _LIQUIDITY_PERCENT) / 100 + (payment * _BURNED_PERCENT) / 100 <= payment);
        assert(_LIQUIDITY_PERCENT == 50 && _BURNED_PERCENT == 20);
        assert(_collect(payment) == (payment * 20) / 100);
    }
}
