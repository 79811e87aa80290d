// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "./Vm.sol";

/// @title TestBase
/// @notice What every test has: the cheat codes, and small tools.
abstract contract TestBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev The order of secp256k1: private keys lie between zero and it.
    uint256 internal constant CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    uint256 private _chain = block.chainid;

    /// @dev Goes to another chain. The runner cannot be asked for the id, and the optimizer may read `block.chainid` early.
    function _useChain(uint256 id) internal {
        _chain = id;
        vm.chainId(id);
    }

    /// @dev Unlike `block.timestamp`, never cached by the optimizer across `vm.warp`.
    function _now() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    function _chainId() internal view returns (uint256) {
        return _chain;
    }

    /// @dev Creates the contract of an artifact. Unlike `new`, it does not compile that contract into every test that names it.
    function _create(string memory artifact, bytes memory arguments) internal returns (address created) {
        bytes memory code = bytes.concat(vm.getCode(artifact), arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 32), mload(code))
            if iszero(created) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    /// @dev `value` folded into `[least, most]`, evenly.
    function _between(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
        if (value >= least && value <= most) return value;
        return least + (value % (most - least + 1));
    }

    /// @dev The private key that goes by `name` and `index` in this test.
    function _key(string memory name, uint256 index) internal pure returns (uint256) {
        return (uint256(keccak256(abi.encode(name, index))) % (CURVE_ORDER - 1)) + 1;
    }

    /// @dev A signature in 65 bytes, `r ‖ s ‖ v` with `v` 27 or 28.
    function _sign65(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev EIP-712, from its definition.
    function _typedDigest(
        string memory name,
        address verifyingContract,
        bytes32 structHash
    ) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                _chain,
                verifyingContract
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
