// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

import {INodeRegistry} from "../../contracts/interfaces/INodeRegistry.sol";
import {IOracleRegistry} from "../../contracts/interfaces/IOracleRegistry.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {CompactSignature, EpochReport} from "../../contracts/types/EpochReport.sol";
import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

// Found elsewhere: untagged packed encodings let a signature made for one purpose be used for another, for ever, on other
// deeds and on the sister contract.
// ├── an oracle's report signature is no association consent, and the other way round
// ├── a consent is no permit
// ├── a report signature is no answer to a challenge, and an answer is no evidence against its oracle
// └── one oracle's signature is never a quorum, however often it is given
contract SignaturesHaveOnePurposeTest is ProtocolFixture {
    function test_AReportSignatureIsNoConsent() public {
        _addOracles(3);
        address owner = _operator("owner", 0);
        DeedId deed = _nd(_buy(owner, 1));
        bytes32 digest = ledger.digestOf(_report(0, keccak256("root")));
        uint256 deadline = _now();
        address oracle = vm.addr(oracleKeys[0]);
        bytes memory signature = _sign65(oracleKeys[0], digest);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_WrongNodeSignature.selector, oracle));
        vm.prank(owner);
        nodes.associate(deed, oracle, deadline, signature);
    }

    function test_AConsentIsNoReportSignature() public {
        _addOracles(3);
        vm.warp(ledger.epochEnd(0));
        EpochReport memory report = _report(0, keccak256("root"));
        bytes32 structHash = keccak256(abi.encode(ASSOCIATION_TYPE, 1, address(this), _now()));
        bytes32 consent = _typedDigest("NodeRegistry", address(nodes), structHash);
        CompactSignature[] memory signatures = new CompactSignature[](3);
        for (uint256 i = 0; i < 3; ++i) signatures[i] = _compact(oracleKeys[i], consent);
        bytes32 digest = ledger.digestOf(report);
        uint256 vs = uint256(signatures[0].vs);
        address recovered = ecrecover(
            digest,
            uint8((vs >> 255) + 27),
            signatures[0].r,
            bytes32(vs & (type(uint256).max >> 1))
        );
        vm.expectRevert(abi.encodeWithSelector(IOracleRegistry.OracleRegistry_BadSignature.selector, 0, recovered));
        ledger.commit(report, signatures);
    }

    function test_AConsentIsNoPermit() public {
        uint256 key = _key("holder", 0);
        address holder = vm.addr(key);
        uint256 deadline = _now();
        bytes32 structHash = keccak256(abi.encode(ASSOCIATION_TYPE, 1, holder, deadline));
        bytes32 consent = _typedDigest("NodeRegistry", address(nodes), structHash);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, consent);
        bytes memory call = abi.encodeCall(r1.permit, (holder, address(this), 1, deadline, v, r, s));
        (bool ok, bytes memory answer) = address(r1).call(call);
        vm.assertFalse(ok, "refused");
        vm.assertEq(bytes32(bytes4(answer)), bytes32(ERC20Permit.ERC2612InvalidSigner.selector), "as a wrong signer");
        vm.assertEq(r1.allowance(holder, address(this)), 0, "no allowance");
    }

    function test_AReportSignatureIsNoAnswer() public {
        _addOracles(3);
        address oracle = vm.addr(oracleKeys[0]);
        oracleRegistry.challenge(oracle);
        CompactSignature memory signature = _compact(oracleKeys[0], ledger.digestOf(_report(0, keccak256("root"))));
        bytes memory call = abi.encodeCall(oracleRegistry.answer, (oracle, signature));
        (bool ok, bytes memory why) = address(oracleRegistry).call(call);
        vm.assertFalse(ok, "refused");
        vm.assertEq(bytes32(bytes4(why)), IOracleRegistry.OracleRegistry_BadAnswer.selector, "as another's");
    }

    function test_AnAnswerIsNoEvidence() public {
        _addOracles(3);
        EpochReport memory one = _report(0, keccak256("root"));
        EpochReport memory two = _report(0, keccak256("another"));
        bytes32 structHash = keccak256(
            abi.encode(keccak256("Answer(address oracle,uint64 deadline)"), vm.addr(oracleKeys[0]), _now())
        );
        CompactSignature memory answer = _compact(
            oracleKeys[0],
            _typedDigest("OracleRegistry", address(oracleRegistry), structHash)
        );
        CompactSignature memory report = _compact(oracleKeys[0], ledger.digestOf(one));
        bytes memory call = abi.encodeCall(oracleRegistry.reportEquivocation, (one, report, two, answer));
        (bool ok, bytes memory why) = address(oracleRegistry).call(call);
        vm.assertFalse(ok, "refused");
        vm.assertEq(bytes32(bytes4(why)), IOracleRegistry.OracleRegistry_DifferentSigners.selector, "another's");
    }

    function testFuzz_OneOracleIsNeverAQuorum(uint256 oracle, uint256 times) public {
        _addOracles(7);
        vm.warp(ledger.epochEnd(0));
        EpochReport memory report = _report(0, keccak256("root"));
        CompactSignature memory one = _compact(oracleKeys[oracle % 7], ledger.digestOf(report));
        CompactSignature[] memory signatures = new CompactSignature[](_between(times, 5, 60));
        for (uint256 i = 0; i < signatures.length; ++i) signatures[i] = one;
        vm.expectRevert(
            abi.encodeWithSelector(
                IOracleRegistry.OracleRegistry_BadSignature.selector,
                1,
                vm.addr(oracleKeys[oracle % 7])
            )
        );
        ledger.commit(report, signatures);
    }
}
