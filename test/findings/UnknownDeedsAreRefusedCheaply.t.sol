// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {ProtocolFixture} from "../helpers/ProtocolFixture.sol";

/// @dev Found by `NodeDeedIssue`: the search for a deed's batch went down from the id asked for, so that for a made-up id near
/// 2^256 it ran until all gas was gone.
contract UnknownDeedsAreRefusedCheaplyTest is ProtocolFixture {
    function testFuzz_AMadeUpIdCostsLittle(uint256 id) public {
        id = _between(id, 46_225, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, id));
        nodeDeed.ownerOf{gas: 100_000}(id);
    }
}
