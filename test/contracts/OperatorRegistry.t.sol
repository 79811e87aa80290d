// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOperatorRegistry} from "../../contracts/interfaces/IOperatorRegistry.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// OperatorRegistry
// ├── approve: holds strictly before its end, can be renewed, does not lift a ban; refused: zero, past, unverified
// ├── revoke: ends an approval; refused without one
// ├── ban, unban: with a reason; refused: zero, no reason, twice, not banned
// └── setPayee, payoutOf: the caller's own; zero is the operator itself
contract OperatorRegistryTest is ProtocolFixture {
    IOperatorRegistry.Verification private constant PERSON = IOperatorRegistry.Verification.Person;
    address private alice = vm.addr(_key("alice", 0));

    function testFuzz_AnApprovalHoldsStrictlyBeforeItsEnd(uint48 until) public {
        until = uint48(_between(until, _now() + 1, type(uint48).max));
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.OperatorApproved(alice, until, IOperatorRegistry.Verification.Business);
        vm.prank(compliance);
        operators.approve(alice, until, IOperatorRegistry.Verification.Business);
        vm.assertTrue(operators.isApproved(alice), "at once");
        vm.warp(until - 1);
        vm.assertTrue(operators.isApproved(alice), "in its last second");
        vm.warp(until);
        vm.assertFalse(operators.isApproved(alice), "at its end");
        IOperatorRegistry.Operator memory operator = operators.operatorOf(alice);
        vm.assertEq(operator.approvedUntil, until, "until");
        vm.assertEq(uint256(operator.verification), 2, "business");
    }

    function testFuzz_RefusesAnApprovalThatIsOver(uint48 until) public {
        until = uint48(_between(until, 0, _now()));
        _refuses(
            abi.encodeWithSelector(IOperatorRegistry.OperatorRegistry_ExpiryInPast.selector, until, _now()),
            abi.encodeCall(operators.approve, (alice, until, PERSON))
        );
    }

    function test_RefusesNobodyAndTheUnverified() public {
        uint48 until = uint48(_now() + 1);
        bytes memory zero = abi.encodePacked(IOperatorRegistry.OperatorRegistry_ZeroOperator.selector);
        _refuses(zero, abi.encodeCall(operators.approve, (address(0), until, PERSON)));
        _refuses(zero, abi.encodeCall(operators.ban, (address(0), "why")));
        _refuses(
            abi.encodePacked(IOperatorRegistry.OperatorRegistry_NoVerification.selector),
            abi.encodeCall(operators.approve, (alice, until, IOperatorRegistry.Verification.None))
        );
    }

    function test_RevokingEndsAnApproval() public {
        bytes memory none = abi.encodeWithSelector(IOperatorRegistry.OperatorRegistry_NotApproved.selector, alice);
        _refuses(none, abi.encodeCall(operators.revoke, (alice)));
        _approve(alice);
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.OperatorRevoked(alice);
        vm.prank(compliance);
        operators.revoke(alice);
        vm.assertFalse(operators.isApproved(alice), "approved");
        _refuses(none, abi.encodeCall(operators.revoke, (alice)));
        _approve(alice);
        vm.assertTrue(operators.isApproved(alice), "again");
    }

    function test_ABanOutlivesANewApproval() public {
        _approve(alice);
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.OperatorBanned(alice, "fraud");
        _ban(alice);
        _approve(alice);
        vm.assertFalse(operators.isApproved(alice), "still banned");
        vm.assertTrue(operators.isBanned(alice), "banned");
        _refuses(
            abi.encodeWithSelector(IOperatorRegistry.OperatorRegistry_AlreadyBanned.selector, alice),
            abi.encodeCall(operators.ban, (alice, "again"))
        );
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.OperatorUnbanned(alice);
        _unban(alice);
        vm.assertTrue(operators.isApproved(alice), "lifted");
        _refuses(
            abi.encodeWithSelector(IOperatorRegistry.OperatorRegistry_NotBanned.selector, alice),
            abi.encodeCall(operators.unban, (alice))
        );
    }

    function test_ABanHasAReason() public {
        _refuses(
            abi.encodePacked(IOperatorRegistry.OperatorRegistry_NoReason.selector),
            abi.encodeCall(operators.ban, (alice, ""))
        );
    }

    function testFuzz_EachSetsItsOwnPayee(address payee) public {
        vm.assume(payee != address(0));
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.PayeeSet(alice, payee);
        vm.prank(alice);
        operators.setPayee(payee);
        (address to, bool banned) = operators.payoutOf(alice);
        vm.assertEq(to, payee, "payee");
        vm.assertFalse(banned, "banned");
        vm.prank(alice);
        operators.setPayee(address(0));
        _ban(alice);
        (to, banned) = operators.payoutOf(alice);
        vm.assertEq(to, alice, "itself");
        vm.assertTrue(banned, "banned");
    }

    function _refuses(bytes memory why, bytes memory call) private {
        vm.expectRevert(why);
        vm.prank(compliance);
        (bool ok, ) = address(operators).call(call);
        // The expectation turned the revert into a success.
        vm.assertTrue(ok, "refused as expected");
    }
}
