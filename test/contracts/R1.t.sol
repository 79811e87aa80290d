// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

import {IR1} from "../../contracts/interfaces/IR1.sol";
import {R1} from "../../contracts/token/R1.sol";
import {TestBase} from "../helpers/TestBase.sol";

// R1, alone
// ├── given a new token
// │   ├── it has 18 decimals, and nothing is minted
// │   └── when it names no minter: refused
// ├── mint
// │   ├── when a stranger mints: refused
// │   ├── when all together would pass the cap: refused, with the values
// │   └── given tokens were burned: they cannot be minted again
// ├── transfer, approve, transferFrom, burn, burnFrom: ERC-20
// └── permit: ERC-2612
//     ├── when signed by the owner: the allowance is set, once
//     └── when expired, by another key, for another chain or contract: refused
contract R1Test is TestBase {
    bytes32 private constant PERMIT_TYPE = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    R1 private token;
    uint256 private aliceKey = _key("alice", 0);
    address private alice = vm.addr(aliceKey);
    address private bob = vm.addr(_key("bob", 0));

    function setUp() public {
        token = new R1(address(this));
    }

    function test_NothingIsPreMined() public view {
        vm.assertEq(token.totalSupply(), 0, "supply");
        vm.assertEq(token.totalMinted(), 0, "minted");
        vm.assertEq(token.totalBurned(), 0, "burned");
        vm.assertEq(token.CAP(), 161_803_398 * 10 ** 18, "cap");
        vm.assertEq(token.decimals(), 18, "decimals");
        vm.assertEq(token.MINTER(), address(this), "minter");
        vm.assertEq(token.name(), "R1", "name");
        vm.assertEq(token.symbol(), "R1", "symbol");
    }

    function test_RefusesToBeMadeWithoutMinter() public {
        vm.expectRevert(IR1.R1_ZeroMinter.selector);
        new R1(address(0));
    }

    function testFuzz_OnlyTheMinterMints(address stranger, uint256 amount) public {
        vm.assume(stranger != address(this));
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IR1.R1_NotMinter.selector, stranger));
        token.mint(stranger, amount);
    }

    function testFuzz_MustHold1_MintingNeverPassesTheCap(uint256 first, uint256 burned, uint256 second) public {
        uint256 cap = token.CAP();
        first = _between(first, 0, cap);
        burned = _between(burned, 0, first);
        token.mint(alice, first);
        vm.prank(alice);
        token.burn(burned);
        vm.assertEq(token.totalMinted(), first, "burning does not lower what was minted");
        vm.assertEq(token.totalBurned(), burned, "burned");
        vm.assertEq(token.totalSupply(), first - burned, "supply");

        second = _between(second, cap - first + 1, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IR1.R1_CapExceeded.selector, first, second, cap));
        token.mint(alice, second);
        token.mint(alice, cap - first);
        vm.assertEq(token.totalMinted(), cap, "the cap is reached to the wei");
    }

    function testFuzz_MustHold1_EveryWayOfBurningCounts(uint256 amount, uint256 own, uint256 allowed) public {
        amount = _between(amount, 0, token.CAP());
        own = _between(own, 0, amount);
        allowed = _between(allowed, 0, amount - own);
        token.mint(alice, amount);
        vm.startPrank(alice);
        token.burn(own);
        token.approve(bob, allowed);
        vm.stopPrank();
        vm.prank(bob);
        token.burnFrom(alice, allowed);
        vm.assertEq(token.totalBurned(), own + allowed, "burned");
        vm.assertEq(token.totalMinted(), amount, "minted");
        vm.assertEq(token.balanceOf(alice), amount - own - allowed, "left");
    }

    function testFuzz_TransfersMoveExactlyTheAmount(uint256 balance, uint256 amount) public {
        balance = _between(balance, 0, token.CAP());
        amount = _between(amount, 0, balance);
        token.mint(alice, balance);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(alice, bob, amount);
        vm.prank(alice);
        vm.assertTrue(token.transfer(bob, amount), "true");
        vm.assertEq(token.balanceOf(alice), balance - amount, "sender");
        vm.assertEq(token.balanceOf(bob), amount, "receiver");
    }

    function test_RefusesToMoveMoreThanThereIs() public {
        token.mint(alice, 5);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 5, 6));
        vm.prank(alice);
        token.transfer(bob, 6);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        vm.prank(alice);
        token.transfer(address(0), 1);
    }

    function test_SpendsAllowancesAndNoMore() public {
        token.mint(alice, 10);
        vm.prank(alice);
        token.approve(bob, 7);
        vm.prank(bob);
        token.transferFrom(alice, bob, 3);
        vm.assertEq(token.allowance(alice, bob), 4, "rest");
        bytes memory refusal = abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 4, 5);
        vm.expectRevert(refusal);
        vm.prank(bob);
        token.transferFrom(alice, bob, 5);
        vm.expectRevert(refusal);
        vm.prank(bob);
        token.burnFrom(alice, 5);
    }

    function testFuzz_PermitSetsTheAllowanceOnce(uint256 value, uint256 validFor) public {
        uint256 deadline = _now() + _between(validFor, 0, 365 days);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(aliceKey, _permit(address(token), value, 0, deadline));
        token.permit(alice, bob, value, deadline, v, r, s);
        vm.assertEq(token.allowance(alice, bob), value, "allowance");
        vm.assertEq(token.nonces(alice), 1, "nonce");

        address other = _recovered(_permit(address(token), value, 1, deadline), v, r, s);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, other, alice));
        token.permit(alice, bob, value, deadline, v, r, s);
    }

    function test_RefusesAnExpiredPermit() public {
        uint256 deadline = _now() + 10;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(aliceKey, _permit(address(token), 1, 0, deadline));
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, deadline));
        token.permit(alice, bob, 1, deadline, v, r, s);
    }

    function test_RefusesAPermitByAnotherKey() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key("bob", 0), _permit(address(token), 1, 0, _now()));
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, bob, alice));
        token.permit(alice, bob, 1, _now(), v, r, s);
    }

    function test_RefusesAPermitOfAnotherToken() public {
        R1 sister = new R1(address(this));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(aliceKey, _permit(address(sister), 1, 0, _now()));
        address other = _recovered(_permit(address(token), 1, 0, _now()), v, r, s);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, other, alice));
        token.permit(alice, bob, 1, _now(), v, r, s);
    }

    function test_RefusesAPermitOfAnotherChain() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(aliceKey, _permit(address(token), 1, 0, _now()));
        _useChain(_chainId() + 1);
        address other = _recovered(_permit(address(token), 1, 0, _now()), v, r, s);
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, other, alice));
        token.permit(alice, bob, 1, _now(), v, r, s);
    }

    function _permit(address verifier, uint256 value, uint256 nonce, uint256 deadline) private view returns (bytes32) {
        return _typedDigest("R1", verifier, keccak256(abi.encode(PERMIT_TYPE, alice, bob, value, nonce, deadline)));
    }

    function _recovered(bytes32 digest, uint8 v, bytes32 r, bytes32 s) private pure returns (address) {
        return ecrecover(digest, v, r, s);
    }
}
