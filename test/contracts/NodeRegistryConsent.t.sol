// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {NodeRegistry} from "../../contracts/nodes/NodeRegistry.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// The node's consent in NodeRegistry.associate
// ├── when it is by another key, for another deed, owner, deadline, chain or registry: refused
// ├── when it expired: refused; at the edge accepted
// └── when it is malleable, short, empty, or the node zero: refused
contract NodeRegistryConsentTest is ProtocolFixture {
    address private owner;
    DeedId private deed;
    uint256 private nodeKey = _key("node", 0);
    address private node = vm.addr(nodeKey);

    function setUp() public override {
        super.setUp();
        owner = _operator("owner", 0);
        _buy(owner, 10);
        deed = _nd(5);
    }

    function testFuzz_RefusesASignatureByAnotherKey(uint256 key) public {
        key = _between(key, 1, CURVE_ORDER - 1);
        vm.assume(key != nodeKey);
        _refuses(_consent(key, deed, owner, _now()), _wrongSignature());
    }

    function testFuzz_RefusesAConsentToAnythingElse(uint256 otherDeed, address otherOwner, uint256 otherTime) public {
        vm.assume(otherDeed != DeedId.unwrap(deed) && otherOwner != owner && otherTime != _now());
        _refuses(_consent(nodeKey, DeedId.wrap(otherDeed), owner, _now()), _wrongSignature());
        _refuses(_consent(nodeKey, deed, otherOwner, _now()), _wrongSignature());
        _refuses(_consent(nodeKey, deed, owner, otherTime), _wrongSignature());
    }

    function test_RefusesAConsentForAnotherChain() public {
        bytes memory consent = _consent(nodeKey, deed, owner, _now());
        _useChain(_chainId() + 1);
        _refuses(consent, _wrongSignature());
    }

    function test_RefusesAConsentForAnotherRegistry() public {
        bytes memory consent = _consent(nodeKey, deed, owner, _now());
        NodeRegistry sister = NodeRegistry(
            _create(
                "NodeRegistry.sol:NodeRegistry",
                abi.encode(manager, ledger, operators, DELAY, nodeDeed, masterDeed, genesisDeed)
            )
        );
        uint256 deadline = _now();
        vm.expectRevert(_wrongSignature());
        vm.prank(owner);
        sister.associate(deed, node, deadline, consent);
    }

    function test_RefusesMalleableAndBrokenSignatures() public {
        bytes memory good = _consent(nodeKey, deed, owner, _now());
        (bytes32 r, bytes32 s, uint8 v) = (_word(good, 0), _word(good, 1), uint8(good[64]));
        _refuses(abi.encodePacked(r, CURVE_ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27)), _wrongSignature());
        _refuses(abi.encodePacked(r, s, v - 27), _wrongSignature());
        _refuses(abi.encodePacked(r, s), _wrongSignature());
        _refuses(abi.encodePacked(good, uint8(0)), _wrongSignature());
        _refuses("", _wrongSignature());
        _refuses(new bytes(65), _wrongSignature());
    }

    function test_RefusesTheZeroNode() public {
        node = address(0);
        _refuses(new bytes(65), _wrongSignature());
    }

    function testFuzz_TheConsentHoldsUpToItsDeadline(uint256 ahead, uint256 late) public {
        uint256 deadline = _now() + _between(ahead, 0, DELAY - 1);
        late = _between(late, 1, 365 days);
        bytes memory consent = _consent(nodeKey, deed, owner, deadline);
        vm.warp(deadline + late);
        _refusesUntil(deadline, consent, _expired(deadline));
        vm.warp(deadline);
        _accepts(deadline, consent);
    }

    function _accepts(uint256 deadline, bytes memory consent) private {
        vm.prank(owner);
        nodes.associate(deed, node, deadline, consent);
        vm.assertEq(nodes.nodeOf(deed), node, "accepted");
    }

    function _refuses(bytes memory consent, bytes memory why) private {
        _refusesUntil(_now(), consent, why);
    }

    function _refusesUntil(uint256 deadline, bytes memory consent, bytes memory why) private {
        address before = nodes.nodeOf(deed);
        vm.expectRevert(why);
        vm.prank(owner);
        nodes.associate(deed, node, deadline, consent);
        vm.assertEq(nodes.nodeOf(deed), before, "nothing changed");
    }

    function _expired(uint256 deadline) private view returns (bytes memory) {
        return abi.encodeWithSelector(INodeRegistry.NodeRegistry_Expired.selector, deadline, _now());
    }

    function _wrongSignature() private view returns (bytes memory) {
        return abi.encodeWithSelector(INodeRegistry.NodeRegistry_WrongNodeSignature.selector, node);
    }

    function _word(bytes memory data, uint256 index) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(data, add(32, mul(index, 32))))
        }
    }
}
