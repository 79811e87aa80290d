// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// Found here: a node's consent whose deadline lay behind the re-association delay served a second time, once the delay was over.
// ├── one that would outlive the delay is refused, and accepted from the first second in which it does not
// └── one that served is refused for ever, however long one waits
contract ConsentsServeOnceTest is ProtocolFixture {
    address private owner;
    DeedId private deed;
    uint256 private nodeKey = _key("node", 0);
    address private node = vm.addr(nodeKey);

    function setUp() public override {
        super.setUp();
        owner = _operator("owner", 0);
        deed = _nd(_buy(owner, 1));
    }

    function testFuzz_RefusesAConsentThatOutlivesTheDelay(uint256 over) public {
        uint256 deadline = _now() + DELAY + _between(over, 0, 365 days);
        bytes memory consent = _consent(nodeKey, deed, owner, deadline);
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_DeadlineTooFar.selector, deadline, _now() + DELAY)
        );
        _associate(deadline, consent);
        vm.warp(deadline - DELAY + 1);
        _associate(deadline, consent);
        vm.assertEq(nodes.nodeOf(deed), node, "accepted");
    }

    /// @dev The delay starts at the association, and every consent is over when the delay is.
    function testFuzz_AConsentNeverServesTwice(uint256 ahead, uint256 wait) public {
        uint256 first = _now();
        uint256 deadline = first + _between(ahead, 0, DELAY - 1);
        bytes memory consent = _consent(nodeKey, deed, owner, deadline);
        _associate(deadline, consent);
        vm.prank(owner);
        nodes.dissociate(deed);
        vm.warp(first + _between(wait, 0, 2 * DELAY));
        vm.expectRevert(
            _now() > deadline
                ? abi.encodeWithSelector(INodeRegistry.NodeRegistry_Expired.selector, deadline, _now())
                : abi.encodeWithSelector(INodeRegistry.NodeRegistry_TooSoon.selector, deed, first + DELAY)
        );
        _associate(deadline, consent);
    }

    function _associate(uint256 deadline, bytes memory consent) private {
        vm.prank(owner);
        nodes.associate(deed, node, deadline, consent);
    }
}
