// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {IResourceCatalog} from "../../contracts/interfaces/IResourceCatalog.sol";
import {JobFixture} from "../helpers/JobFixture.sol";

/**
 * create
 * ├── given a class that is offered
 * │   ├── it takes rate × nodes × epochs, rounded up in the rate
 * │   ├── it adds a GPU add-on's price
 * │   └── it takes a permit, also one that somebody sent ahead
 * ├── given a class that is not offered, or is an add-on, or an add-on that is a class: it reverts
 * └── when the deposit is above the maximum, or late, or without a specification, or out of range, or paused: it reverts
 */
contract JobEscrowCreateTest is JobFixture {
    function test_takesTheDeposit() public {
        uint256 jobId = _createJob(3, 40);
        IJobEscrow.Job memory job = escrow.jobOf(jobId);
        vm.assertEq(jobId, 1, "first job");
        vm.assertEq(job.owner, developer, "owner");
        vm.assertEq(job.specHash, SPEC, "specification");
        vm.assertEq(job.rate, RATE, "rate");
        vm.assertEq(job.balance, RATE * 3 * 40, "balance");
        vm.assertEq(r1.balanceOf(address(escrow)), RATE * 3 * 40, "held");
        vm.assertEq(r1.balanceOf(developer), 0, "all paid");
        vm.assertEq(job.start, 0, "waits");
        vm.assertEq(escrow.refundable(jobId), 0, "nothing to refund while it may start");
    }

    function testFuzz_ratesAreRoundedUp(uint256 price) public {
        price = _between(price, 1e5, 1e12);
        feed.updateAnswer(int256(price));
        uint256 rate = catalog.rateOf(LOW1, 0);
        vm.assertTrue(rate * price >= 0.75e26 && (rate - 1) * price < 0.75e26, "ceil(0.75 / price)");
        vm.assertTrue(catalog.rateOf(LOW1, G_MED) * price >= 3.15e26, "with the add-on");
    }

    function test_takesAPermit_alsoOneSentAhead() public {
        feed.updateAnswer(1e8);
        uint256 key = _key("developer", 0);
        IJobEscrow.JobRequest memory request = _request(1, 30);
        request.maxDeposit = RATE * 30;
        _fund(developer, RATE * 60);
        for (uint256 i = 0; i < 2; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = _permit(key, request);
            if (i == 1) r1.permit(developer, address(escrow), request.maxDeposit, request.deadline, v, r, s);
            vm.prank(developer);
            escrow.createWithPermit(request, v, r, s);
        }
        vm.assertEq(escrow.jobCount(), 2, "both");
    }

    function test_refusesClasses() public {
        feed.updateAnswer(1e8);
        _expectRefusal(9, 0, abi.encodeWithSelector(IResourceCatalog.ResourceCatalog_NotOffered.selector, 9));
        _expectRefusal(G_MED, 0, abi.encodeWithSelector(IResourceCatalog.ResourceCatalog_WrongKind.selector, G_MED));
        _expectRefusal(LOW1, LOW1, abi.encodeWithSelector(IResourceCatalog.ResourceCatalog_WrongKind.selector, LOW1));
        catalog.setClass(LOW1, "LOW1", IResourceCatalog.ResourceClass(0.75e8, 1, 1, 1, false, false));
        _expectRefusal(LOW1, 0, abi.encodeWithSelector(IResourceCatalog.ResourceCatalog_NotOffered.selector, LOW1));
    }

    function test_refusesRequests() public {
        feed.updateAnswer(1e8);
        IJobEscrow.JobRequest memory request = _request(1, 30);
        request.maxDeposit = RATE * 30 - 1;
        _expect(request, abi.encodeWithSelector(IJobEscrow.JobEscrow_AboveMaximum.selector, RATE * 30, RATE * 30 - 1));
        request = _request(1, 30);
        request.deadline = _now() - 1;
        _expect(request, abi.encodeWithSelector(IJobEscrow.JobEscrow_Expired.selector, _now() - 1, _now()));
        request = _request(1, 30);
        request.specHash = 0;
        _expect(request, abi.encodeWithSelector(IJobEscrow.JobEscrow_NoSpec.selector));
        _expect(_request(0, 30), abi.encodeWithSelector(IJobEscrow.JobEscrow_NodesOutOfRange.selector, 0, 1, 64));
        _expect(_request(65, 30), abi.encodeWithSelector(IJobEscrow.JobEscrow_NodesOutOfRange.selector, 65, 1, 64));
        bytes4 range = IJobEscrow.JobEscrow_EpochsOutOfRange.selector;
        _expect(_request(1, 29), abi.encodeWithSelector(range, 29, 30, 3650));
        _expect(_request(1, 3651), abi.encodeWithSelector(range, 3651, 30, 3650));
    }

    function test_refusesWhilePaused() public {
        vm.prank(guardian);
        escrow.pause();
        _expect(_request(1, 30), abi.encodeWithSelector(Pausable.EnforcedPause.selector));
        escrow.unpause();
        _createJob(1, 30);
    }

    function _permit(
        uint256 key,
        IJobEscrow.JobRequest memory request
    ) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 typehash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        uint256 nonce = r1.nonces(developer);
        bytes32 structHash = keccak256(
            abi.encode(typehash, developer, escrow, request.maxDeposit, nonce, request.deadline)
        );
        return vm.sign(key, _typedDigest("R1", address(r1), structHash));
    }

    function _expectRefusal(uint16 class, uint16 gpu, bytes memory reason) private {
        IJobEscrow.JobRequest memory request = _request(1, 30);
        request.class = class;
        request.gpu = gpu;
        _expect(request, reason);
    }

    function _expect(IJobEscrow.JobRequest memory request, bytes memory reason) private {
        vm.prank(developer);
        vm.expectRevert(reason);
        escrow.create(request);
    }
}
