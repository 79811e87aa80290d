// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// Found elsewhere: burners that burn anybody's tokens; anybody made a delegate, or an address taken, without consent.
// ├── tokens burn by their holder, or within an allowance
// ├── a payee is set for oneself, and a node cannot be taken into a deed without its signature
// └── a node leaves its deed by itself, and may join another
contract NobodyActsForAnotherTest is ProtocolFixture {
    function testFuzz_TokensBurnOnlyWithAnAllowance(uint256 allowance, uint256 over) public {
        address holder = vm.addr(_key("holder", 0));
        _fund(holder, 100 ether);
        allowance = _between(allowance, 0, 99 ether);
        over = _between(over, 1, 1 ether);
        vm.prank(holder);
        r1.approve(address(this), allowance);
        bytes4 insufficient = IERC20Errors.ERC20InsufficientAllowance.selector;
        vm.expectRevert(abi.encodeWithSelector(insufficient, address(this), allowance, allowance + over));
        r1.burnFrom(holder, allowance + over);
        r1.burnFrom(holder, allowance);
        vm.assertEq(r1.balanceOf(holder), 100 ether - allowance, "burned what was allowed");
    }

    function testFuzz_APayeeIsOnesOwnChoice(address thief) public {
        (address alice, , ) = _operatorWithNode("alice");
        vm.assume(thief != alice);
        vm.prank(thief);
        operators.setPayee(thief);
        (address payee, ) = operators.payoutOf(alice);
        vm.assertEq(payee, alice, "still hers");
    }

    function testFuzz_ANodeIsNotTakenWithoutItsSignature(uint256 key) public {
        address squatter = _operator("squatter", 0);
        DeedId deed = _nd(_buy(squatter, 1));
        uint256 nodeKey = _key("node", 0);
        address node = vm.addr(nodeKey);
        key = _between(key, 1, CURVE_ORDER - 1);
        vm.assume(key != nodeKey);
        uint256 deadline = _now();
        bytes memory own = _consent(key, deed, squatter, deadline);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_WrongNodeSignature.selector, node));
        vm.prank(squatter);
        nodes.associate(deed, node, deadline, own);
        vm.assertTrue(nodes.deedOf(node).isNone(), "free");
    }

    function test_ANodeLeavesByItself() public {
        (, DeedId deed, uint256 nodeKey) = _operatorWithNode("alice");
        vm.prank(vm.addr(nodeKey));
        nodes.dissociate(deed);
        DeedId other = _nd(_buy(_operator("bob", 0), 1));
        _associate(other, nodeKey);
        vm.assertEq(nodes.nodeOf(other), vm.addr(nodeKey), "with another");
    }
}
